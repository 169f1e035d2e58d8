/**
 * Random talks between a few clients, said to two brokers alike: what each client hears must be the same on both. Only what MQTT
 * settles is said: nothing where AWS departs from it, as `a/#` does, or where MQTT leaves a choice.
 *
 * @module
 */
import type { Chance } from '../../chance.ts'
import type { Speaker } from './speaker.ts'
import { Stage } from './stage.ts'
import type { Target, Version } from './target.ts'

/** Steps in one talk. */
const stepsPerTalk = 30

/**
 * Where AWS departs is not said: no filter is a topic and `/#`, and wildcards match none of the topics that retained messages go to.
 */
const topics = ['a/b', 'a/c', 'a/b/c', 'd/b', 'a/'] as const
const retainedTopics = ['kept', 'kept2'] as const
const filters = [...topics, ...retainedTopics, 'a/+', '+/b', 'a/#', '+/+/c', 'd/#'] as const

type Who = 0 | 1 | 2

export type Step =
  | { readonly do: 'connect'; readonly who: Who; readonly clean: boolean; readonly will: boolean }
  | { readonly do: 'disconnect' | 'drop'; readonly who: Who }
  | { readonly do: 'subscribe'; readonly who: Who; readonly filter: string; readonly qos: 0 | 1 }
  | { readonly do: 'unsubscribe'; readonly who: Who; readonly filter: string }
  | {
      readonly do: 'publish'
      readonly who: Who
      readonly topic: string
      readonly payload: string
      readonly qos: 0 | 1
      readonly retain: boolean
    }

/** A talk, drawn. */
export function drawTalk(chance: Chance): {
  readonly versions: readonly Version[]
  readonly steps: readonly Step[]
} {
  const below = (end: number): number => Math.floor(chance.next() * end)
  const of = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value
  const steps: Step[] = []
  while (steps.length < stepsPerTalk) {
    const who = below(3) as Who
    const qos = below(2) as 0 | 1
    const drawn = below(10)
    if (drawn < 2) steps.push({ do: 'connect', who, clean: below(3) === 0, will: below(2) === 0 })
    else if (drawn < 3) steps.push({ do: of(['disconnect', 'drop'] as const), who })
    else if (drawn < 5) steps.push({ do: 'subscribe', who, filter: of(filters), qos })
    else if (drawn < 6) steps.push({ do: 'unsubscribe', who, filter: of(filters) })
    else {
      const retain = below(4) === 0
      const payload = retain && below(3) === 0 ? '' : `${steps.length}`
      steps.push({ do: 'publish', who, topic: of(retain ? retainedTopics : topics), payload, qos, retain })
    }
  }
  return { versions: [0, 1, 2].map(() => of([4, 5] as const)), steps }
}

/** Says a talk to a target; answers with what each client heard at each step, a message once. */
export async function sayTalk(
  target: Target,
  scene: string,
  { versions, steps }: ReturnType<typeof drawTalk>,
): Promise<string[]> {
  const stage = new Stage(target, 5, scene)
  const speakers = new Map<Who, Speaker>()
  const said: string[] = []
  try {
    for (const [at, step] of steps.entries()) {
      await act(stage, versions, speakers, step)
      await settle(target, speakers)
      for (const [who, speaker] of speakers) {
        const heard = new Set(speaker.takeMessages().map((message) => describe(stage, message)))
        for (const each of [...heard].sort()) said.push(`step ${at}, client ${who} heard ${each}`)
      }
    }
  } finally {
    await stage.clear()
  }
  return said
}

async function act(
  stage: Stage,
  versions: readonly Version[],
  speakers: Map<Who, Speaker>,
  step: Step,
): Promise<void> {
  const { who } = step
  const speaker = speakers.get(who)
  if (step.do === 'connect') {
    const version = versions[who] ?? 5
    const will = {
      topic: stage.topic('a/c'),
      payload: Buffer.from(`the Will of ${who}`),
      qos: 1,
      retain: false,
    } as const
    const lasting = version === 5 && !step.clean ? { properties: { sessionExpiryInterval: 3600 } } : {}
    const options = { clean: step.clean, keepalive: 1200, ...lasting, ...(step.will ? { will } : {}) }
    // Whether a session that is taken over hears the Will of its own elder is left open: it says goodbye first.
    await speaker?.disconnect()
    speakers.set(who, await stage.connect(`client${who}`, options, version))
    return
  }
  if (!speaker) return
  switch (step.do) {
    case 'disconnect':
      await speaker.disconnect()
      speakers.delete(who)
      return
    case 'drop':
      speaker.drop()
      await speaker.ended()
      speakers.delete(who)
      return
    case 'subscribe':
      speaker.sendSubscribe({ topic: stage.topic(step.filter), qos: step.qos })
      return
    case 'unsubscribe':
      speaker.sendUnsubscribe(stage.topic(step.filter))
      return
    case 'publish':
      speaker.sendPublish(stage.topic(step.topic), step.payload, { qos: step.qos, retain: step.retain })
  }
}

/** Lets everything arrive: what is retained or stored comes at AWS's pace here. */
async function settle(target: Target, speakers: ReadonlyMap<Who, Speaker>): Promise<void> {
  for (let turn = 0; turn < (target.abilities.has('time') ? 12 : 2); turn += 1) {
    await target.pass(100)
    for (const speaker of speakers.values()) await speaker.settle()
  }
}

function describe(
  stage: Stage,
  {
    topic,
    payload,
    retain,
  }: { readonly topic: string; readonly payload: Buffer | string; readonly retain: boolean },
): string {
  return `${topic.slice(stage.topic('').length)}: ${JSON.stringify(payload.toString())}${retain ? ', retained' : ''}`
}

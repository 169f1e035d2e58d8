/**
 * The leading tab's part: the one connection, and which tab wants what of it. Messages go to all tabs as they came, so
 * that each tab keeps its own place in every topic and recovers by itself, whoever leads.
 *
 * @module
 */
import { filtersPerSubscribeMax } from '../../topics/contract/aws-limits.ts'
import { createConnection } from '../connection/connection.ts'
import type { Link } from '../connection/transport.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Session } from '../session.ts'
import type { FromHub, OpenTabChannel, ToHub } from './protocol.ts'

/** A tab unheard for this long is gone, ms; a hidden tab's timers run once a minute. */
const goneAfterMs = 180_000

interface HubTopic {
  readonly tabs: Set<string>
  /** Links that granted it. */
  readonly on: Set<Link>
  /** The newest message of a recorded topic, for tabs that come later: the broker sends a retained message once. */
  last: Uint8Array | undefined
}

/** The connection of all tabs. */
export interface Hub {
  /** Ends the connection. */
  close(): void
}

/** Connects, and serves the tabs on the channel `name`. `inherited` is the session of the hub before, if it is known. */
export function startHub(
  hub: number,
  name: string,
  openChannel: OpenTabChannel,
  options: ResolvedOptions,
  inherited: Session | undefined,
): Hub {
  const { clock } = options
  const topics = new Map<string, HubTopic>()
  const links = new Set<Link>()
  const decoder = new TextDecoder()
  const channel = openChannel(name, (message) => {
    if ('from' in message) receive(message)
  })
  /** Tabs, and when each was heard last. */
  const tabs = new Map<string, number>()
  let generation = 0
  let known = inherited

  const connection = createConnection({ ...options, session }, { attach, detach, deliver }, announce)
  let cancelSweep = clock.after(goneAfterMs, sweep)
  connection.send({ type: 'start' })
  announce()

  function session(request: { readonly fresh: boolean }): Promise<Session> {
    const kept = request.fresh || !known || known.expiresAt * 1000 <= clock.now() ? undefined : known
    // Once: what a tab brought along from its predecessor is not better than the application's callback.
    known = undefined
    return kept ? Promise.resolve(kept) : options.session(request)
  }

  function post(message: FromHub): void {
    channel.post(message)
  }

  function announce(): void {
    const { state, session } = connection
    if (state.status !== 'closed') post({ hub, do: 'state', state, session, generation })
  }

  function receive(message: ToHub): void {
    const { from } = message
    if (message.do === 'hello') {
      leave(from)
      tabs.set(from, clock.now())
      announce()
      return
    }
    if (!tabs.has(from)) {
      if (message.do !== 'bye') post({ hub, to: from, do: 'forgotten' })
      return
    }
    tabs.set(from, clock.now())
    switch (message.do) {
      case 'bye':
        leave(from)
        return
      case 'ping':
        post({ hub, to: from, do: 'pong' })
        return
      case 'notice':
        connection.send({ type: message.type })
        return
      case 'subscribe':
        void want(from, message)
        return
      case 'publish':
        void publish(from, message)
        return
      case 'unsubscribe':
        for (const topic of message.topics) unwant(from, topic)
    }
  }

  async function want(
    tab: string,
    { id, topics: wanted }: Extract<ToHub, { do: 'subscribe' }>,
  ): Promise<void> {
    const at = generation
    const missing = wanted.filter((topic) => {
      const entry = topics.get(topic) ?? { tabs: new Set(), on: new Set(), last: undefined }
      topics.set(topic, entry.tabs.add(tab) && entry)
      return entry.on.size === 0
    })
    const answers = new Map<string, number>()
    for (const codes of await Promise.all([...links].map((link) => subscribe(link, missing)))) {
      // A link that ended says nothing; the newest has the last word.
      for (const [topic, code] of codes ?? []) answers.set(topic, code)
    }
    // Told already, by another generation, that all is to be asked anew.
    if (at !== generation || (missing.length > 0 && answers.size === 0)) return
    post({ hub, to: tab, do: 'codes', id, codes: wanted.map((topic) => answers.get(topic) ?? 0) })
    for (const topic of wanted) {
      if ((answers.get(topic) ?? 0) >= 0x80) unwant(tab, topic)
      const payload = topics.get(topic)?.last
      if (payload && !answers.has(topic))
        post({ hub, to: tab, do: 'message', topic, payload, correlationData: undefined })
    }
  }

  async function publish(tab: string, { id, message }: Extract<ToHub, { do: 'publish' }>): Promise<void> {
    const code = await [...links].at(-1)?.publish(message)
    // Without an answer the link ended, and the tab hears of that.
    if (code !== undefined) post({ hub, to: tab, do: 'codes', id, codes: [code] })
  }

  function unwant(tab: string, topic: string): void {
    const entry = topics.get(topic)
    if (!entry?.tabs.delete(tab) || entry.tabs.size > 0) return
    topics.delete(topic)
    for (const link of entry.on) link.unsubscribe([topic])
  }

  function leave(tab: string): void {
    tabs.delete(tab)
    for (const topic of topics.keys()) unwant(tab, topic)
  }

  /** Each topic's reason code, or undefined when the link ended first. */
  async function subscribe(
    link: Link,
    wanted: readonly string[],
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const answers = new Map<string, number>()
    for (let from = 0; from < wanted.length; from += filtersPerSubscribeMax) {
      const part = wanted.slice(from, from + filtersPerSubscribeMax)
      const codes = await link.subscribe(part)
      if (!codes || !links.has(link)) return undefined
      for (const [index, topic] of part.entries()) {
        const code = codes[index] ?? 0x80
        answers.set(topic, code)
        const entry = topics.get(topic)
        if (!entry) link.unsubscribe([topic])
        else if (code < 0x80) entry.on.add(link)
      }
    }
    return answers
  }

  /** Every tab asks for everything anew, and so hears what is denied and finds what it missed. */
  function restart(): void {
    generation++
    topics.clear()
    announce()
  }

  async function attach(link: Link): Promise<boolean> {
    links.add(link)
    const answers = await subscribe(link, [...topics.keys()])
    if (answers && [...answers.values()].some((code) => code >= 0x80)) restart()
    return answers !== undefined
  }

  function detach(link: Link): void {
    links.delete(link)
    let bare = false
    for (const { on } of topics.values()) bare = (on.delete(link) && on.size === 0) || bare
    if (bare) restart()
  }

  function deliver(topic: string, payload: Uint8Array, correlationData?: Uint8Array): void {
    const entry = topics.get(topic)
    if (!entry) {
      // Left from a generation before.
      for (const link of links) link.unsubscribe([topic])
      return
    }
    // A channel copies what is posted. Only what has an epoch stands until the next comes; a signal is past.
    post({ hub, do: 'message', topic, payload, correlationData })
    if (decoder.decode(payload).includes('"epoch":')) entry.last = payload.slice()
  }

  function sweep(): void {
    for (const [tab, heardAt] of tabs) if (heardAt < clock.now() - goneAfterMs) leave(tab)
    cancelSweep = clock.after(goneAfterMs, sweep)
  }

  return {
    close() {
      cancelSweep()
      connection.send({ type: 'close' })
      post({ hub, do: 'end' })
      channel.close()
    },
  }
}

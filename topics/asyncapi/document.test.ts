import { Parser } from '@asyncapi/parser'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadContracts } from '../check/load-contracts.ts'
import type { LocatedContract } from '../check/located-contract.ts'
import type { TopicContract } from '../contract/contract.ts'
import { anyone, claim, feed, inbox, role, signal, signedIn, state } from '../contract/index.ts'
import { readFeedMessage, readInboxMessage, readStateMessage } from '../contract/message.ts'
import { readSignalMessage } from '../contract/signal-message.ts'
import { estimate } from '../cost/estimate.ts'
import { declaredMonth } from '../cost/month.ts'
import { asyncApiDocument, type AsyncApiDocument, titleOf } from './document.ts'

const payload = v.object({
  text: v.pipe(v.string(), v.maxLength(10)),
  at: v.pipe(v.string(), v.isoTimestamp()),
})
interface Comment {
  text: string
  replies?: Comment[] | undefined
}
const nested: v.GenericSchema<Comment> = v.object({
  text: v.string(),
  replies: v.optional(v.array(v.lazy(() => nested))),
})

const contracts = {
  roomState: state({ topic: 'rooms/{roomId}/state', payload, subscribe: anyone, pace: 'auto' }),
  roomTalk: feed({ topic: 'rooms/{roomId}/talk', entry: nested, subscribe: signedIn, overflow: 'recover' }),
  agentTasks: inbox({
    topic: 'agents/{agentId}/tasks',
    item: z.object({ title: z.string().max(50), urgent: z.boolean().optional() }),
    subscribe: claim('agentId'),
  }),
  roomTyping: signal({ topic: 'rooms/{roomId}/typing', payload, subscribe: anyone, publish: signedIn }),
  lookUp: signal({
    topic: 'look-up',
    payload,
    reply: payload,
    subscribe: role('worker'),
    publish: anyone,
    version: 3,
  }),
  fixedTopic: state({ topic: 'fixed', payload: v.number(), subscribe: anyone, budgetPerMonth: 5 }),
}

function located(given: Readonly<Record<string, TopicContract>>): LocatedContract[] {
  return Object.entries(given).map(([name, contract]) => ({
    name,
    contract,
    file: 'topics/x.ts',
    line: 1,
    description: `About <b>${name}</b> & more.`,
    lineOf: () => 1,
  }))
}

function documentOf(given: Readonly<Record<string, TopicContract>> = contracts): AsyncApiDocument {
  const costs = { region: 'eu-west-1', contracts: estimate(declaredMonth(Object.values(given))).contracts }
  return asyncApiDocument(located(given), { title: 'Rooms', version: '1.2.3', costs })
}

/** The parser's enum of severities, whose 0 is an error; the others are warnings and hints. */
const isError = ({ severity }: { readonly severity: number }): boolean => severity === 0

/** What the official parser has against a document, warnings left out. */
async function problems(document: AsyncApiDocument): Promise<readonly string[]> {
  const { diagnostics } = await new Parser().parse(JSON.stringify(document))
  return diagnostics.filter(isError).map(({ message, path }) => `${path.join('.')}: ${message}`)
}

describe('the AsyncAPI document', () => {
  it('is valid by the official parser, for every kind, schema library and access', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(documentOf()))
    expect(diagnostics.filter(isError)).toEqual([])
    expect(document?.version()).toBe('3.0.0')
    expect(
      document
        ?.channels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual(
      Object.values(contracts)
        .map(({ topic }): string => topic)
        .toSpliced(5, 0, 'replies/{clientId}'),
    )
    expect(document?.servers().all()).toHaveLength(2)
  })

  it('is found invalid by the same parser when it is', async () => {
    const broken = { ...documentOf(), channels: { x: { address: 7 } } } as unknown as AsyncApiDocument
    expect((await problems(broken)).length).toBeGreaterThan(0)
  })

  it("is valid for this project's contracts", async () => {
    const { contracts: own } = await loadContracts(new URL('../', import.meta.url).pathname)
    expect(await problems(asyncApiDocument(own, { title: 'Own', version: '1.0.0' }))).toEqual([])
  })

  it('has MQTT bindings: QoS 1 for an inbox, retained what has a head, the content type of every message', () => {
    const { operations, components } = documentOf()
    const bindings = Object.fromEntries(
      Object.entries(operations).map(([name, operation]) => {
        const { mqtt } = (operation as { bindings: { mqtt: { qos: number; retain: boolean } } }).bindings
        return [name, [mqtt.qos, mqtt.retain]]
      }),
    )
    expect(bindings).toEqual({
      sendRoomState: [0, true],
      sendRoomTalk: [0, true],
      sendAgentTasks: [1, false],
      sendRoomTyping: [0, false],
      receiveRoomTyping: [0, false],
      sendLookUp: [0, false],
      receiveLookUp: [0, false],
      sendFixedTopic: [0, true],
    })
    for (const message of Object.values(components.messages))
      expect(message.bindings).toMatchObject({ mqtt: { contentType: 'application/cloudevents+json' } })
    expect(operations['receiveLookUp']).toMatchObject({
      reply: {
        address: { location: '$message.header#/responseTopic' },
        channel: { $ref: '#/channels/replies' },
      },
    })
  })

  it('has examples that the readers of the client take', () => {
    const { messages } = documentOf().components
    const example = (name: keyof typeof contracts): unknown => messages[name]?.examples[0]?.payload
    const taken = { message: expect.anything() }
    expect(readStateMessage(contracts.roomState, example('roomState'))).toEqual(taken)
    expect(readFeedMessage(contracts.roomTalk, example('roomTalk'))).toEqual(taken)
    expect(readInboxMessage(contracts.agentTasks, example('agentTasks'))).toEqual(taken)
    expect(readSignalMessage(contracts.roomTyping, example('roomTyping'))).toEqual(taken)
    expect(readSignalMessage(contracts.lookUp, example('lookUp'))).toEqual(taken)
  })

  it('leads every reference somewhere, also within schemas that hold themselves', () => {
    const document = documentOf()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    )
    expect(references.length).toBeGreaterThan(10)
    for (const path of references) {
      const found = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
      expect([path, found]).toEqual([path, expect.anything()])
    }
  })

  it('names the contract that cannot be documented', () => {
    const homemade = {
      '~standard': { version: 1, vendor: 'homemade', validate: (value: unknown) => ({ value }) },
    } as const
    const bad = state({ topic: 'bad', payload: homemade, subscribe: anyone })
    expect(() => documentOf({ bad })).toThrow(
      /topics\/x\.ts:1: bad \(bad\) cannot be documented.*homemade.*Valibot/,
    )
  })

  it('writes a title from a name', () => {
    expect(titleOf('campaignTotal')).toBe('Campaign total')
  })
})

/**
 * What every transport keeps, run by each adapter's test against the local broker.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type IotCore, startIotCore } from '../../local/iot/index.ts'
import { anAnswer, anAuthorizer, signature, statement } from '../../local/iot/testing/an-authorizer.ts'
import type { Session } from '../session.ts'
import type { Loss } from './loss.ts'
import type { Link, Transport } from './transport.ts'

interface Heard {
  opened: boolean
  readonly messages: { topic: string; payload: string; correlationData: string | undefined }[]
  readonly losses: Loss[]
}

export interface TransportSuiteOptions {
  /** The adapter, for this broker; what it needs beside it is ended by the second of the pair. */
  readonly start: (iot: IotCore) => Promise<{ transport: Transport; stop: () => Promise<void> }>
  /** Whether it is the session that lets it in, with the rights of a visitor, or IAM credentials, with all rights. */
  readonly bySession: boolean
}

/** Describes a transport by its promises. */
export function transportSuite(name: string, { start, bySession }: TransportSuiteOptions): void {
  describe(`transport ${name}`, () => {
    let iot: IotCore
    let transport: Transport
    let stop: () => Promise<void>
    let links: Link[] = []
    let up = true

    beforeEach(async () => {
      iot = await startIotCore({
        authorizers: [
          anAuthorizer(() =>
            anAnswer({}, [
              statement('Allow', 'iot:Connect', 'client/visitor1-0', 'client/visitor1-1'),
              statement('Allow', 'iot:Subscribe', 'topicfilter/public/*', 'topicfilter/replies/visitor1-0'),
              statement('Allow', 'iot:Receive', 'topic/public/*', 'topic/replies/visitor1-0'),
              statement('Allow', 'iot:Publish', 'topic/public/*', 'topic/replies/visitor1-0'),
            ]),
          ),
        ],
        credentials: [{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }],
        quotas: 'off',
      })
      ;({ transport, stop } = await start(iot))
    })

    afterEach(async () => {
      for (const link of links) link.close()
      links = []
      if (up) await iot.close()
      await stop()
      up = true
    })

    const aSession = (): Session => ({
      endpoint: iot.url,
      authorizer: 'visitors',
      tokenKey: 'token',
      token: 'a-token',
      signature: signature('a-token'),
      clientIds: ['visitor1-0', 'visitor1-1'],
      principal: 'visitor1',
      expiresAt: Date.now() / 1000 + 3600,
    })

    function open(more: { clientId?: string; session?: Partial<Session> } = {}): Heard & { link: Link } {
      const heard: Heard = { opened: false, messages: [], losses: [] }
      const target = {
        session: { ...aSession(), ...more.session },
        clientId: more.clientId ?? 'visitor1-0',
        keepAliveSeconds: 60,
      }
      const link = transport(target, {
        opened() {
          heard.opened = true
        },
        message: (topic, payload, correlationData) =>
          heard.messages.push({
            topic,
            payload: Buffer.from(payload).toString(),
            correlationData: correlationData && Buffer.from(correlationData).toString('hex'),
          }),
        lost: (loss) => heard.losses.push(loss),
      })
      links.push(link)
      return Object.assign(heard, { link })
    }

    const isOpened = (heard: Heard): Promise<void> =>
      vi.waitFor(() => expect(heard.opened).toBe(true), { timeout: 5000 })

    test('hears retained and live messages of what it subscribed to, and no more once it unsubscribed', async () => {
      iot.publish('public/a', Buffer.from('kept'), { retain: true })
      const heard = open()
      await isOpened(heard)
      expect(await heard.link.subscribe(['public/a', 'public/b'])).toEqual([0, 0])
      iot.publish('public/b', Buffer.from('live'))
      await vi.waitFor(() => expect(heard.messages).toHaveLength(2))
      expect(heard.messages.map(({ payload }) => payload)).toEqual(['kept', 'live'])
      heard.link.unsubscribe(['public/b'])
      await vi.waitFor(() => expect(iot.stats().subscriptions).toBe(1))
      iot.publish('public/b', Buffer.from('unheard'))
      iot.publish('public/a', Buffer.from('last'))
      await vi.waitFor(() => expect(heard.messages.at(-1)?.payload).toBe('last'))
      expect(heard.messages).toHaveLength(3)
    })

    test('publishes, with a response topic and correlation data that come back with the answer', async () => {
      const asked = open()
      const asks = open({ clientId: 'visitor1-1' })
      await Promise.all([isOpened(asked), isOpened(asks)])
      await asked.link.subscribe(['public/ask'])
      await asks.link.subscribe(['replies/visitor1-0'])
      const correlationData = Buffer.of(1, 2, 255)
      const payload = Buffer.from('who?')
      const request = { responseTopic: 'replies/visitor1-0', correlationData }
      expect(await asks.link.publish({ topic: 'public/ask', payload, request })).toBe(0)
      await vi.waitFor(() => expect(asked.messages).toMatchObject([{ payload: 'who?' }]))
      iot.publish('replies/visitor1-0', Buffer.from('me'), { properties: { correlationData } })
      await vi.waitFor(() =>
        expect(asks.messages).toEqual([
          { topic: 'replies/visitor1-0', payload: 'me', correlationData: '0102ff' },
        ]),
      )
    })

    test('is told when another takes its client ID over', async () => {
      const first = open()
      await isOpened(first)
      const second = open()
      await isOpened(second)
      await vi.waitFor(() => expect(first.losses).toHaveLength(1))
      expect(first.losses[0]?.code).toBe('taken-over')
      expect(await first.link.subscribe(['public/a'])).toBeUndefined()
      expect(await first.link.publish({ topic: 'public/a', payload: Buffer.of(1) })).toBeUndefined()
      expect(second.losses).toEqual([])
    })

    test('is told once when the broker goes away, and nothing after it was closed', async () => {
      const heard = open()
      const closed = open({ clientId: 'visitor1-1' })
      await Promise.all([isOpened(heard), isOpened(closed)])
      closed.link.close()
      closed.link.close()
      await iot.close()
      up = false
      await vi.waitFor(() => expect(heard.losses).toHaveLength(1), { timeout: 5000 })
      expect(['server-disconnected', 'connection-lost']).toContain(heard.losses[0]?.code)
      expect(closed.losses).toEqual([])
    })

    test('answers a check, and goes on', async () => {
      const heard = open()
      await isOpened(heard)
      heard.link.check()
      expect(await heard.link.subscribe(['public/a'])).toEqual([0])
      expect(heard.losses).toEqual([])
    })

    // IAM credentials of this broker may do everything.
    if (!bySession) return

    test('answers a denied topic with its reason code, alone', async () => {
      const heard = open()
      await isOpened(heard)
      expect(await heard.link.subscribe(['public/a', 'secret/b'])).toEqual([0, 0x87])
      expect(await heard.link.publish({ topic: 'secret/b', payload: Buffer.of(1) })).toBe(0x87)
      expect(heard.losses).toEqual([])
    })

    test('says of a session that the broker does not take that it was refused', async () => {
      const heard = open({ session: { signature: 'bm8=' } })
      await vi.waitFor(() => expect(heard.losses).toHaveLength(1), { timeout: 5000 })
      expect(heard.losses[0]?.code).toBe('session-refused')
      expect(heard.opened).toBe(false)
    })
  })
}

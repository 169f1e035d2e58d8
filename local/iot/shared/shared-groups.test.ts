import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { seededChance } from '../../chance.ts'
import { type IotCore, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

async function start(quotas: 'enforce' | 'off' = 'enforce'): Promise<void> {
  clock = manualClock()
  iot = await startIotCore({ anonymous: true, clock, quotas })
}

afterEach(() => iot.close())

/** Tests run beside each other: an answer may take a while. */
const patient = { interval: 1, timeout: 10_000 }

const filter = '$share/group/jobs/+'

/** A member with a session, which acknowledges some of what it hears. */
class Member {
  readonly name: string
  readonly #acknowledges: () => boolean
  /** Payloads it acknowledged. */
  readonly done: string[] = []
  /** Payloads it heard. */
  readonly heard = new Set<string>()
  #client: WireClient | undefined

  constructor(name: string, acknowledges: () => boolean) {
    this.name = name
    this.#acknowledges = acknowledges
  }

  async come(always: boolean): Promise<void> {
    if (this.#client) return
    const properties = { sessionExpiryInterval: 3600 }
    const client = await connectWire(iot.url, 5, {
      clientId: this.name,
      clean: false,
      keepalive: 1200,
      properties,
    })
    this.#client = client
    void this.#listen(client, always)
    if (!client.connack.sessionPresent)
      client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] })
    await this.settle()
  }

  async go(): Promise<void> {
    const client = this.#client
    if (!client) return
    this.#client = undefined
    client.drop()
    const isGone = (): boolean => iot.connections().every(({ clientId }) => clientId !== this.name)
    await vi.waitUntil(isGone, patient)
  }

  /** Waits until what was said to it and by it has arrived. */
  async settle(): Promise<void> {
    const client = this.#client
    if (!client) return
    const pongs = (): number => client.received.filter(({ cmd }) => cmd === 'pingresp').length
    const before = pongs()
    client.send({ cmd: 'pingreq' })
    await vi.waitUntil(() => pongs() > before, patient)
  }

  async #listen(client: WireClient, always: boolean): Promise<void> {
    for (;;) {
      const packet = await client.next().catch(() => undefined)
      if (!packet) return
      if (packet.cmd !== 'publish') continue
      const payload = packet.payload.toString()
      this.heard.add(payload)
      if (!always && !this.#acknowledges()) continue
      this.done.push(payload)
      client.send({ cmd: 'puback', messageId: packet.messageId ?? 0 })
    }
  }
}

type Step = 'publish' | readonly ['come' | 'go', number] | 'pass'

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>('publish') },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('come' as const, 'go' as const), fc.nat(2)) },
    { weight: 1, arbitrary: fc.constant<Step>('pass') },
  ),
  { maxLength: 40 },
)

// docs/aws-iot-core.md §2.5
test(
  'whoever comes and goes, a QoS 1 message is acknowledged by one member, once',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer(), async (steps, seed) => {
        // They come back at once.
        await start('off')
        const chance = seededChance(seed)
        const members = ['m0', 'm1', 'm2'].map((name) => new Member(name, () => chance.happens(0.7)))
        // The group is there from the first message on.
        for (const member of members) await member.come(false)
        let published = 0
        for (const step of steps) {
          if (step === 'publish') {
            iot.publish(`jobs/${published % 3}`, Buffer.from(`${published}`), { qos: 1 })
            published += 1
          } else if (step === 'pass') clock.advance(150)
          else await members[step[1]]?.[step[0]](false)
        }
        for (const member of members) {
          await member.settle()
          await member.go()
        }
        for (const member of members) await member.come(true)
        for (let at = 0; at < 50; at += 1) {
          clock.advance(100)
          for (const member of members) await member.settle()
        }
        const done = members.flatMap(({ done }) => done).map(Number)
        expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: published }, (_, at) => at))
        const hearers = Array.from({ length: published }, (_, at) =>
          members.filter(({ heard }) => heard.has(`${at}`)),
        )
        expect(hearers.every(({ length }) => length === 1)).toBe(true)
        await iot.close()
      }),
      { numRuns: 15 },
    )
    await start()
  },
)

test('a group has 100 members', async () => {
  await start()
  const subscribe = async (at: number): Promise<number> => {
    const client = await connectWire(iot.url, 5, { clientId: `m${at}` })
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 0 }] })
    const suback = await client.next()
    return suback.cmd === 'suback' ? Number(suback.granted[0]) : -1
  }
  for (let at = 0; at < 100; at += 1) {
    expect(await subscribe(at)).toBe(0)
    clock.advance(20)
  }
  expect(await subscribe(100)).toBe(0x97)
  expect(iot.stats()).toMatchObject({ subscriptions: 100, quotaHits: { sharedGroupMembers: 1 } })
})

test('a group forgets its queue with its last member', async () => {
  await start()
  const properties = { sessionExpiryInterval: 60 }
  const client = await connectWire(iot.url, 5, { clientId: 'away', clean: false, properties })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] })
  await client.next()
  await client.close()
  await expect.poll(() => iot.stats().connections, patient).toBe(0)
  iot.publish('jobs/a', Buffer.from('old'), { qos: 1 })
  clock.advance(61_000)
  expect(iot.stats()).toMatchObject({ sessions: 0, subscriptions: 0 })
  const again = await connectWire(iot.url, 5, { clientId: 'away', clean: false, properties })
  again.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] })
  await again.next()
  again.send({ cmd: 'pingreq' })
  expect(await again.next()).toMatchObject({ cmd: 'pingresp' })
})

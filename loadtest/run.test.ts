import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type IotCore, startIotCore } from '../local/iot/index.ts'
import { checkPlan } from './engine/check-plan.ts'
import { percentileMs } from './histogram.ts'
import type { Publisher } from './plan.ts'
import { runLoad } from './run.ts'
import { aGroup, aPhase, aPlan, aPublisher, runOn, total } from './testing/a-plan.ts'

const start = (): Promise<IotCore> => startIotCore({ anonymous: true, quotas: 'off' })

/** A server that takes connections and does this with them. */
async function aServer(take: (socket: Socket) => void): Promise<{ url: string; close: () => void }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    take(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    url: `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/mqtt`,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

// The longest first: they wait side by side.
describe.concurrent('runLoad', () => {
  describe('a target that', () => {
    test('refuses everybody gives an outcome with the reason', async () => {
      const iot = await startIotCore({ quotas: 'off' })
      const outcome = await runOn(iot, aPlan(iot.url, [aPhase({ durationMs: 2500 })]))
      expect(outcome).toMatchObject({
        ended: 'unreachable',
        endedBecause: expect.stringMatching(
          /^nobody could connect: HTTP 401|^nobody could connect: CONNACK/,
        ) as string,
      })
      expect(outcome.total.connections).toMatchObject({ connected: 0, open: 0 })
      expect(outcome.total.connections.refused[0]?.count).toBeGreaterThanOrEqual(10)
    })

    test('is not there ends the run as unreachable, before its time', async () => {
      const server = await aServer(() => {})
      server.close()
      const outcome = await runLoad(aPlan(server.url, [aPhase({ durationMs: 50_000 })]))
      expect(outcome).toMatchObject({ ended: 'unreachable' })
      expect(outcome.endedBecause).toMatch(/ECONNREFUSED/)
      expect(outcome.durationMs).toBeLessThan(14_000)
    })

    test('is not there makes no short run a whole one', async () => {
      const server = await aServer(() => {})
      server.close()
      const outcome = await runLoad(aPlan(server.url, [aPhase({ durationMs: 1200 })], { settleMs: 100 }))
      expect(outcome.ended).toBe('unreachable')
      expect(outcome.endedBecause).toMatch(/nobody could connect: ECONNREFUSED \(nothing listens there/)
    })

    test('answers no request, without viewers, is unreachable as well', async () => {
      const server = await aServer(() => {})
      server.close()
      const plan = aPlan(server.url, [
        aPhase({
          subscribers: [],
          publishers: [{ ...aPublisher(10), via: 'data-plane' } as ReturnType<typeof aPublisher>],
        }),
      ])
      const dataPlaneUrl = server.url.replace(/^ws/, 'http').replace(/\/mqtt$/, '')
      const outcome = await runLoad({ ...plan, target: { ...plan.target, dataPlaneUrl } })
      expect(outcome).toMatchObject({
        ended: 'unreachable',
        endedBecause: expect.stringMatching(/no request was answered: ECONNREFUSED/) as string,
      })
    })

    test('hangs is not waited for', async () => {
      const server = await aServer(() => {})
      const outcome = await runLoad(aPlan(server.url, [aPhase({ durationMs: 13_000 })])).finally(server.close)
      expect(outcome.ended).toBe('unreachable')
      expect(outcome.total.connections.refused).toEqual([
        { reason: 'no answer', count: expect.any(Number) as number },
      ])
    })

    test('talks nonsense is heard out', async () => {
      const server = await aServer((socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
        socket.write(Buffer.from([0x82, 0x85, 1, 2, 3, 4, 5, 6]))
      })
      const outcome = await runLoad(aPlan(server.url, [aPhase()])).finally(server.close)
      expect(outcome.total.connections.refused[0]?.reason).toMatch(/masked frame/)
    })

    test('disappears half-way gives what was heard, and says so', async () => {
      const iot = await start()
      const running = runLoad(aPlan(iot.url, [aPhase({ durationMs: 8000, publishers: [aPublisher(20, 1)] })]))
      await new Promise((resolve) => setTimeout(resolve, 2500))
      await iot.close()
      const outcome = await running
      const { connections, topics } = outcome.total
      expect(outcome.ended).toBe('lost')
      expect(connections.disconnects.reduce((sum, { count }) => sum + count, 0)).toBe(11)
      expect(connections.refused[0]?.reason).toBe('ECONNREFUSED')
      expect(topics[0]?.delivered).toBeGreaterThan(100)
      expect(topics[0]?.unpublished).toBeGreaterThan(20)
      expect(outcome.events.first.map(({ what }) => what).join()).toMatch(/the target is gone/)
    })
  })

  describe('a run', () => {
    test('joiners and leavers, think times, and a cut from which everybody comes back', async () => {
      const iot = await start()
      const group = aGroup({ from: 50, to: 50, joinLeavePerSecond: 20, thinkTimeMs: 20 })
      const outcome = await runOn(
        iot,
        aPlan(iot.url, [
          aPhase({
            durationMs: 4000,
            subscribers: [group],
            publishers: [aPublisher(20)],
            cuts: [{ atMs: 2000, share: 1, returnWithinMs: 500 }],
          }),
        ]),
      )
      const { connections, topics } = outcome.total
      expect(outcome.ended).toBe('completed')
      expect(connections.open).toBe(50)
      // Up to 80 left and came, 50 were cut and came back; and there is the publisher.
      expect(connections.left).toBeGreaterThan(90)
      expect(connections.connected - 1 - connections.left).toBe(50)
      expect(connections.disconnects).toEqual([])
      expect(topics[0]).toMatchObject({ lost: 0, duplicated: 0, unfit: 0 })
      expect(topics[0]?.back.count).toBeGreaterThan(40)
      expect(percentileMs(topics[0]?.back ?? connections.connect, 1)).toBeLessThan(1500)
      expect(outcome.events.first.map(({ what }) => what)).toContain('100 % of all connections are cut')
    })

    test('a slow reader reads no faster than it may', async () => {
      const iot = await start()
      const slow = aGroup({ name: 'slow', from: 2, to: 2, readBytesPerSecond: 2000 })
      const outcome = await runOn(
        iot,
        aPlan(iot.url, [
          aPhase({
            durationMs: 3000,
            subscribers: [slow],
            publishers: [aPublisher(100)],
          }),
        ]),
      )
      // Handshake and four and a half seconds.
      expect(outcome.total.topics[0]?.bytes).toBeLessThan(2 * 2000 * 5)
      expect(outcome.total.topics[0]?.delivered).toBeGreaterThan(10)
    })

    test('is the same for the same seed', async () => {
      const iot = await start()
      const publisher = aPublisher(40)
      const plan = aPlan(iot.url, [
        aPhase({
          durationMs: 1000,
          publishers: [{ ...publisher, arrivals: { fromPerSecond: 0, toPerSecond: 80, spacing: 'poisson' } }],
        }),
      ])
      const one = await runLoad(plan)
      const other = await runOn(iot, { ...plan, run: 'other' })
      expect(one.total.topics[0]?.published).toBeGreaterThan(10)
      expect(one.total.topics[0]?.published).toBe(other.total.topics[0]?.published)
    })

    test('publishes through the data plane, signed', async () => {
      const iot = await startIotCore({ anonymous: true, quotas: 'off' })
      const plan = aPlan(iot.url, [
        aPhase({ durationMs: 1500, subscribers: [aGroup()] }),
        aPhase({
          durationMs: 1000,
          subscribers: [aGroup()],
          publishers: [{ ...aPublisher(20), via: 'data-plane' } as ReturnType<typeof aPublisher>],
        }),
      ])
      const target = { ...plan.target, dataPlaneUrl: `http://localhost:${iot.port}` }
      const outcome = await runOn(iot, { ...plan, target })
      expect(outcome.total.requests.kinds).toMatchObject([{ name: 'data-plane', sent: 20, errors: 0 }])
      expect(outcome.total.topics[0]).toMatchObject({ published: 20, delivered: 200, lost: 0 })
    })

    test('sends every planned request to the end of the run, and in each phase its own bodies in order', async () => {
      const iot = await start()
      const seen: string[] = []
      const server = createHttpServer((request, response) => {
        request.on('data', (body) => seen.push(String(body))).on('end', () => response.end('{}'))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const publisher = (bodies: string[], offsetsMs: number[]): Publisher => ({
        name: 'donors',
        via: 'http',
        arrivals: { offsetsMs },
        request: {
          method: 'POST',
          path: '/donations',
          headers: {},
          bodies,
          expect: [200],
          changes: [],
          addresses: 1,
        },
      })
      const plan = aPlan(iot.url, [
        aPhase({ durationMs: 300, publishers: [publisher(['a', 'b', 'c'], [0, 100, 299.9])] }),
        aPhase({ durationMs: 300, publishers: [publisher(['d', 'e'], [150, 299.99])] }),
      ])
      const { port } = server.address() as AddressInfo
      const target = { ...plan.target, httpUrl: `http://127.0.0.1:${port}` }
      const outcome = await runOn(iot, { ...plan, target })
      server.close()
      expect(seen).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(outcome.total.requests.kinds).toMatchObject([{ name: 'donors', sent: 5, errors: 0 }])
    })

    test('quotas, units and denials of the local stack are in the outcome', async () => {
      const iot = await startIotCore({ anonymous: true })
      const plan = aPlan(iot.url, [aPhase({ publishers: [aPublisher(10)] })])
      const statusUrl = `http://localhost:${iot.port}/_fanfare/iot`
      const outcome = await runOn(iot, { ...plan, target: { ...plan.target, statusUrl } })
      expect(outcome.target).toMatchObject({ quotaMode: 'enforce', units: { publishIn: 10, connect: 11 } })
      expect(outcome.target?.quotas.length).toBeGreaterThan(10)
    })
  })

  test('a signal ends the run cleanly, with what was heard', async () => {
    const iot = await start()
    const stopping = new AbortController()
    const seen: number[] = []
    const outcome = await runOn(
      iot,
      aPlan(iot.url, [aPhase({ durationMs: 30_000, publishers: [aPublisher(20)] })]),
      {
        signal: stopping.signal,
        onProgress({ sample }) {
          seen.push(sample.connections)
          if (seen.length === 2) stopping.abort()
        },
      },
    )
    expect(outcome).toMatchObject({ ended: 'stopped', total: { connections: { open: 10 } } })
    expect(outcome.total.topics[0]?.delivered).toBeGreaterThan(100)
    expect(outcome.durationMs).toBeLessThan(5000)
  })
})

test.each([
  ['another run name', { run: 'not this' }, /letters and digits/],
  ['no phase', { phases: [] }, /no phase/],
  ['too long', { limits: { perSecond: 5000, connections: 20_000, durationMs: 10 } }, /raise the limit/],
  ['too many', { limits: { perSecond: 5000, connections: 5, durationMs: 60_000 } }, /wants 11 connections/],
  [
    'more in all than there is memory for',
    {
      phases: [aPhase({ durationMs: 3_600_000, publishers: [aPublisher(4000)] })],
      limits: { perSecond: 5000, connections: 50, durationMs: 4_000_000 },
    },
    /sends 14400000 in all, and the tester has memory for 4000000/,
  ],
  ['too fast', { limits: { perSecond: 5, connections: 50, durationMs: 60_000 } }, /sends 20 a second/],
])('a plan is refused: %s', async (_, changes, message) => {
  const plan = aPlan('ws://localhost:1/mqtt', [aPhase({ publishers: [aPublisher(20)] })], changes)
  await expect(runLoad(plan)).rejects.toThrow(message)
})

test('the limit of open files is told with its remedy', () => {
  const plan = aPlan('ws://localhost:1/mqtt', [
    aPhase({ subscribers: [aGroup({ topics: [total], to: 5000 })] }),
  ])
  expect(() => checkPlan(plan, 1024)).toThrow(/may open 1024 files: run `ulimit -n 5600`/)
})

test('a token that is not there is told before anything is sent', async () => {
  const plan = aPlan('ws://localhost:1/mqtt', [aPhase()])
  const authentication = {
    kind: 'token',
    authorizer: 'a',
    tokenKey: 'token',
    tokenVariable: 'LOAD_TOKEN',
  } as const
  await expect(runLoad({ ...plan, target: { ...plan.target, authentication } }, { env: {} })).rejects.toThrow(
    /LOAD_TOKEN is not set/,
  )
})

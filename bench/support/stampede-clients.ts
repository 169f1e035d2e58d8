/** Some thousand clients, as a process of its own for `bench/stampede.ts`. */
import { WebSocket as WsWebSocket } from 'ws'
import { systemClock } from '../../client/clock.ts'
import { mqttOverWebSocket } from '../../client/connection/mqtt-over-websocket.ts'
import type { Transport } from '../../client/connection/transport.ts'
import { connectLite } from '../../client/lite.ts'
import { stampedeFeed, stampedeTotal } from './stampede-topics.ts'

type BySecond = Record<string, number>

export interface StampedeCounts {
  readonly connects: BySecond
  readonly subscribes: BySecond
  readonly sessions: BySecond
  readonly reads: BySecond
  /** When the last client was current, ms since 1970. */
  readonly currentAt: number
}

interface Crowd {
  readonly do: 'connect' | 'await-current'
  readonly url: string
  /** Of the token that all show. */
  readonly signature: string
  readonly clients: number
  readonly from: number
  readonly spreadMs: number
  readonly jitter: boolean
}

const counts = {
  connects: {} as BySecond,
  subscribes: {} as BySecond,
  sessions: {} as BySecond,
  reads: {} as BySecond,
}
const pages: { shown: number; value: number | undefined; connected: () => boolean }[] = []
let currentAt = 0

function count(what: BySecond, by = 1): void {
  const second = String(Math.floor(Date.now() / 1000))
  what[second] = (what[second] ?? 0) + by
}

process.on('message', (crowd: Crowd) => {
  void (crowd.do === 'connect' ? connectAll(crowd) : awaitCurrent()).then((told) => process.send?.(told))
})

async function connectAll({ url, signature, clients, from, spreadMs, jitter }: Crowd): Promise<object> {
  const overWebSocket = mqttOverWebSocket(WsWebSocket as unknown as typeof WebSocket, systemClock)
  const transport: Transport = (target, listener) => {
    count(counts.connects)
    const link = overWebSocket(target, listener)
    return {
      ...link,
      subscribe(topics) {
        count(counts.subscribes, topics.length)
        return link.subscribe(topics)
      },
    }
  }
  for (let index = from; index < from + clients; index++) {
    open(`visitor${index}`, { url, signature, spreadMs, jitter, transport })
    // Not a stampede of its own: a few hundred a second.
    if (index % 20 === 0) await systemClockPause(50)
  }
  await until(() => pages.every(({ value, connected }) => value === 10 && connected()))
  for (const each of Object.values(counts)) for (const second of Object.keys(each)) delete each[second]
  return {}
}

function open(
  principal: string,
  {
    url,
    signature,
    spreadMs,
    jitter,
    transport,
  }: Pick<Crowd, 'url' | 'signature' | 'spreadMs' | 'jitter'> & { transport: Transport },
): void {
  const session = {
    endpoint: url,
    authorizer: 'visitors',
    tokenKey: 'token',
    token: 'crowd',
    signature,
    clientIds: [`${principal}-0`, `${principal}-1`] as const,
    principal,
    expiresAt: Date.now() / 1000 + 3600,
    ...(spreadMs > 0 ? { reconnectSpreadMs: spreadMs } : {}),
  }
  let kept = false
  const client = connectLite({
    api: 'http://api',
    transport,
    ...(jitter ? {} : { random: () => 0.999, recoveryJitterMs: 0 }),
    signals: () => () => {},
    onProblem: () => {},
    session: async ({ fresh }) => {
      if (fresh || !kept) count(counts.sessions)
      kept = true
      return session
    },
    fetch: async (address) => {
      count(counts.reads)
      const query = new URL(address).searchParams
      const after = Number(query.get('after'))
      const events = Array.from({ length: Number(query.get('limit')) }, (_, index) => ({
        sequence: after + index + 1,
        entry: { value: after + index + 1 },
      }))
      return Response.json({ epoch: 'a', events, head: 40, floor: 0, complete: true, next: null })
    },
  })
  const page = {
    shown: 0,
    value: undefined as number | undefined,
    connected: () => client.status.state === 'live',
  }
  pages.push(page)
  client.feed(stampedeFeed, {}, { onItem: (item) => item.kind === 'entry' && (page.shown = item.value) })
  client.state(stampedeTotal, {}, { onValue: (value) => (page.value = value) })
}

async function awaitCurrent(): Promise<StampedeCounts> {
  await until(() => {
    const done = pages.every(({ value, shown, connected }) => value === 40 && shown === 40 && connected())
    if (done) currentAt = Date.now()
    return done
  })
  return { ...counts, currentAt }
}

const systemClockPause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    systemClock.after(ms, resolve)
  })

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClockPause(50)
}

// Whoever started it is gone.
process.on('disconnect', () => process.exit())

/**
 * An attacker's traffic: it only asks, and counts what it was told. From addresses of its own, where there are several.
 *
 * @module
 */
import type { Flood, LoadPlan } from '../plan.ts'
import { sourceAddress } from './addresses.ts'
import { addToken, endpointOf } from './admission.ts'
import { Connection } from './connection.ts'
import { sendRequest } from './http-request.ts'
import type { FloodCount } from './figures.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { Stream } from './schedule.ts'
import { filledIn } from './streams.ts'

/** Attempts under way at the same time; those beyond are not made, and counted so. */
const underWayMost = 2000
/** The parts that floods' source addresses have. */
const addressPart = 200

/** The floods of all phases. */
export function floodStreams(plan: LoadPlan, counts: PhaseCounts): Stream[] {
  return plan.phases.flatMap(({ floods }, index) =>
    floods.map((flood, number): Stream => {
      const beginsMs = counts.beginsMs(index) + flood.atMs
      const attempts = Math.floor((flood.perSecond * flood.durationMs) / 1000)
      const attempt = attemptOf(flood, plan, addressPart + number)
      let underWay = 0
      return {
        dueMs: Float64Array.from({ length: attempts }, (_, at) => beginsMs + (at * 1000) / flood.perSecond),
        send(dueMs, at) {
          const count = counts.at(dueMs).floods.of(flood.name)
          if (underWay >= underWayMost) {
            count.refused.add('not made: too many without an answer')
            return
          }
          underWay += 1
          count.attempted += 1
          void attempt(at, count).finally(() => (underWay -= 1))
        },
      }
    }),
  )
}

function attemptOf(
  flood: Flood,
  plan: LoadPlan,
  part: number,
): (at: number, count: FloodCount) => Promise<void> {
  const { target } = plan
  const addresses = Math.max(flood.addresses, 1)
  // With two to choose from it has an address of its own, and takes always the first when it is to be one.
  const from = (host: string, at: number): string | undefined =>
    sourceAddress(host, part, at % addresses, Math.max(addresses, 2))
  if (flood.kind === 'connect') {
    let forged: Promise<URL> | undefined
    return async (at, count) => {
      const url = await (forged ??= forgedUrl(plan))
      return new Promise((resolve) => {
        const connection: Connection = new Connection(
          endpointOf(url, `${plan.run}-flood-${at}`, from(url.hostname, at)),
          {
            onOpen() {
              count.accepted += 1
              connection.end('cut')
              resolve()
            },
            onRefused(reason) {
              count.refused.add(reason)
              resolve()
            },
            onMessage() {},
            onAnswer() {},
            onEnd() {},
          },
        )
      })
    }
  }
  const { authentication } = target
  const sessionUrl = authentication.kind === 'session' ? authentication.url : `${target.httpUrl}/session`
  return async (at, count) => {
    const request = flood.request
      ? filledIn(flood.request, plan, { index: at, turn: at })
      : { url: new URL(sessionUrl), method: 'POST' }
    const { status, said } = await sendRequest({ ...request, from: from(request.url.hostname, at) })
    if (status >= 200 && status < 300) count.accepted += 1
    else count.refused.add(status === 0 ? said : `HTTP ${said}`)
  }
}

/** A connection with a token that nobody signed, to the authorizer that a session names. */
async function forgedUrl({ target }: LoadPlan): Promise<URL> {
  const { authentication } = target
  let named = { authorizer: 'forged', tokenKey: 'token', endpoint: target.mqttUrl ?? '' }
  if (authentication.kind === 'token') named = { ...named, ...authentication }
  else if (authentication.kind === 'session') {
    const { body } = await sendRequest({ url: new URL(authentication.url), method: 'POST' })
    try {
      named = { ...named, ...(JSON.parse(body) as Partial<typeof named>) }
    } catch {
      // No session: the flood goes on under a name that the target does not know.
    }
  }
  const url = new URL(target.mqttUrl ?? named.endpoint)
  addToken(url, { ...named, token: 'forged', signature: 'Zm9yZ2Vk' })
  return url
}

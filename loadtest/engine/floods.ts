/**
 * An attacker's traffic: it only asks, and counts what it was told. From addresses of its own, where there are several.
 *
 * @module
 */
import type { Flood, LoadPlan } from '../plan.ts'
import { sourceAddress } from './addresses.ts'
import { endpointOf } from './admission.ts'
import type { AttackerTokens, AttackerUrl } from './attacker-tokens.ts'
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
export function floodStreams(plan: LoadPlan, counts: PhaseCounts, tokens: AttackerTokens): Stream[] {
  let number = 0
  return plan.phases.flatMap(({ floods }, index) =>
    floods.map((flood): Stream => {
      const beginsMs = counts.beginsMs(index) + flood.atMs
      const attempts = Math.floor((flood.perSecond * flood.durationMs) / 1000)
      const attempt = attemptOf(flood, plan, tokens, addressPart + number++)
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
  tokens: AttackerTokens,
  part: number,
): (at: number, count: FloodCount) => Promise<void> {
  const { target } = plan
  const addresses = Math.max(flood.addresses, 1)
  // With two to choose from it has an address of its own, and takes always the first when it is to be one.
  const from = (host: string, at: number): string | undefined =>
    sourceAddress(host, part, at % addresses, Math.max(addresses, 2))
  if (flood.kind === 'connect') {
    let made: AttackerUrl | undefined
    return async (at, count) => {
      made ??= tokens.urlOf(flood.token ?? 'forged')
      if ('missing' in made) {
        count.refused.add(`not made: ${made.missing}`)
        return
      }
      const { url } = made
      await new Promise<void>((resolve) => {
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

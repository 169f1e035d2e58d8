/**
 * A domain's part of the map: the whole is too much for one picture.
 *
 * @module
 */
import type { BusMap } from './bus-map.ts'

/** The first word of a function's key is its domain: `contactCrm` is of `contact`. */
const domainOf = (key: string): string => /^[a-z]+/.exec(key)?.[0] ?? key

/** Every domain, in the order of serverless.yml. */
export function domainsOf({ functions }: BusMap): readonly string[] {
  return [...new Set(functions.map(({ key }) => domainOf(key)))]
}

/** The functions of one domain, the queues and messages they have to do with, and who is at the other end of those. */
export function domainMap(map: BusMap, domain: string): BusMap {
  const own = map.functions.filter(({ key }) => domainOf(key) === domain)
  const ownKeys = new Set(own.map(({ key }) => key))
  const types = map.types.filter(
    ({ makers, queues: into }) =>
      makers.some((key) => ownKeys.has(key)) ||
      own.some(({ queues }) => queues.some((id) => into.includes(id))),
  )
  const near = new Set([
    ...own.flatMap((one) => one.queues),
    ...own.flatMap(({ sendsTo }) => sendsTo),
    ...types.flatMap((type) => type.queues),
  ])
  const queues = map.queues.filter(({ id }) => near.has(id))
  const others = new Set([
    ...types.flatMap(({ makers }) => makers),
    ...queues.flatMap(({ consumers }) => consumers),
  ])
  return {
    functions: map.functions.filter(({ key }) => ownKeys.has(key) || others.has(key)),
    queues,
    types,
    findings: map.findings,
  }
}

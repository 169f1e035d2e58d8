/**
 * The topics of shadows: `$aws/things/{thing}/shadow/get`, `…/shadow/name/{shadow}/update` and so on. Pure.
 * docs/aws-iot-core.md §7.
 *
 * @module
 */
import type { ShadowId } from './shadow-store.ts'

export type ShadowOperation = 'get' | 'update' | 'delete'

export interface ShadowTopic extends ShadowId {
  readonly operation: ShadowOperation
}

const requestTopic =
  /^\$aws\/things\/([a-zA-Z0-9:_-]{1,128})\/shadow\/(?:name\/([a-zA-Z0-9:_-]{1,64})\/)?(get|update|delete)$/

/** What a publish to this topic asks of which shadow; undefined for any other topic. */
export function readShadowTopic(topic: string): ShadowTopic | undefined {
  if (!topic.startsWith('$aws/things/')) return undefined
  const found = requestTopic.exec(topic)
  if (!found) return undefined
  const [, thingName = '', shadowName = '', operation] = found
  return { thingName, shadowName, operation: operation as ShadowOperation }
}

/** The topic of a shadow's answer or news: `…/update/delta`. */
export function shadowTopic({ thingName, shadowName }: ShadowId, rest: string): string {
  return `$aws/things/${thingName}/shadow/${shadowName === '' ? '' : `name/${shadowName}/`}${rest}`
}

/** What is wrong with a thing's or a shadow's name, or undefined. The classic shadow's is empty. */
export function shadowNameProblem({ thingName, shadowName }: ShadowId): string | undefined {
  if (!/^[a-zA-Z0-9:_-]{1,128}$/.test(thingName))
    return `thing name ${JSON.stringify(thingName.slice(0, 140))}: use 1 to 128 of a-zA-Z0-9:_-`
  if (!/^[a-zA-Z0-9:_-]{0,64}$/.test(shadowName))
    return `shadow name ${JSON.stringify(shadowName.slice(0, 80))}: use 1 to 64 of a-zA-Z0-9:_-`
  return undefined
}

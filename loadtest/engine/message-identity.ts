/**
 * What a message is, found among its bytes without reading all of it: its CloudEvents `id`, which is `<epoch>-<sequence>` on a
 * recorded topic (topics/contract/message.ts).
 *
 * @module
 */
import { readSequence } from '../../topics/contract/sequence.ts'

const idKey = '"id":"'

/** The event's `id`; undefined when the payload has none. */
export function idIn(bytes: Buffer, from: number, to: number): string | undefined {
  // `data` comes last in an envelope, so that the first `id` is the event's own.
  const key = bytes.indexOf(idKey, from, 'latin1')
  if (key < 0 || key >= to) return undefined
  const start = key + idKey.length
  const end = bytes.indexOf(0x22, start)
  return end < 0 || end >= to ? undefined : bytes.toString('latin1', start, end)
}

/** Epoch and sequence of an `id`; undefined for one that says neither, as a signal's. */
export function positionOf(id: string): { readonly epoch: string; readonly sequence: number } | undefined {
  const dash = id.lastIndexOf('-')
  const sequence = readSequence(id.slice(dash + 1))
  return dash < 1 || sequence === undefined ? undefined : { epoch: id.slice(0, dash), sequence }
}

/**
 * Contracts from an attribute: pages without a build step have no schemas, so data is taken as it comes and shown as
 * text only.
 *
 * @module
 */
import type { FeedContract, StateContract } from '../../topics/contract/contract.ts'
import type { StandardSchema } from '../../topics/contract/standard-schema.ts'

const anything: StandardSchema = {
  '~standard': { version: 1, vendor: 'fanfare', validate: (value) => ({ value }) },
}

const common = {
  subscribe: { rule: 'anyone' },
  maxBytes: 0,
  type: '',
  // Of whatever version: there is no schema that could be too old.
  version: Number.MAX_SAFE_INTEGER,
  load: { audience: 0, rate: 0, publishers: 0, topics: 0, hoursPerMonth: 0 },
  paceSeconds: 1,
  pace: 'fixed',
} as const

/** A state of this topic name. */
export const genericState = (topic: string): StateContract => ({
  ...common,
  topic,
  kind: 'state',
  payload: anything,
})

/** A feed of this topic name. What a sender left out is told as a gap. */
export const genericFeed = (topic: string): FeedContract => ({
  ...common,
  topic,
  kind: 'feed',
  entry: anything,
  overflow: 'gap',
})

/** What one subscriber knows of one topic. Few fields: there may be tens of thousands of them. */
import type { Known } from './known.ts'

export class Listener {
  /** Whether SUBACK has come. */
  subscribed = false
  /** When SUBACK came, ms of the run. */
  since = 0
  /** Messages known before that; they were not for it. */
  base = 0
  /** One above the newest message that came, counted in the order in which the thread came to know them. */
  next = 0
  /** Messages below `next` that have not come. */
  missing: number[] | undefined
  /** Those of connections that have ended, of topics whose content may come otherwise. */
  unheard: Known[] | undefined
  /** Where it stands. */
  epoch = ''
  sequence = -1
  /** A feed: entries up to here came, but for the holes. -1: it joins with the first message. */
  entriesTo = -1
  holes: [from: number, to: number][] | undefined
  /** When it said SUBSCRIBE, while it has no current value; NaN when it has. */
  wantsSince = Number.NaN
  wantsEpoch = ''
  wantsSequence = -1
  /** When it lost its connection, if it had one. */
  lostAt = Number.NaN
}

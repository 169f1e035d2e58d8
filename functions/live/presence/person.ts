/**
 * What is known of one person (a principal) and its connections, and how an event changes that. Pure, and made for
 * events that come late, doubled, out of order or never: whatever their order, the same events leave the same, and
 * the same event twice leaves what once left.
 *
 * How events find their place: `subscribed` and `unsubscribed` carry no version number, so sessions of a client ID are
 * told apart by their session identifier and put in order by the time of what they subscribed to. A session that ended
 * is remembered, so that word of it that comes later counts for nothing. docs/presence.md says the same at length.
 *
 * @module
 */
import { type PresenceEvent, type Slot, slots } from './presence-event.ts'

export interface Person {
  readonly principal: string
  /** By the client ID's digit; those of which something was heard. */
  readonly connections: Readonly<Partial<Record<Slot, Connection>>>
}

/** A client ID's newest connection. */
export interface Connection {
  /** Its session identifier; empty while only its end, or a check, told of it. */
  readonly session: string
  /** Newest word of it, ms since 1970: what is older is of an earlier session. */
  readonly at: number
  /** By topic: when it was last subscribed to or left, ms since 1970. Empty once the connection is over. */
  readonly topics: Readonly<Record<string, { readonly at: number; readonly heard: boolean }>>
  /** Sessions that are over, newest last. */
  readonly ended: readonly string[]
}

/** Topics of a connection that are kept: its newest. */
const topicsPerConnection = 20

/**
 * Topics that a person counts on at most: the first by name. Who swaps them all for others at once changes twice as many
 * counts, and they fit one transaction still.
 */
const topicsPerPerson = 45

/** Sessions of a client ID whose end is remembered. One comes a second at most (AWS's quota), and late events are few. */
const endedMax = 8

/**
 * How far AWS's clocks, and ours, may be apart, ms; and how soon after it came a connection may be missing from what the
 * API answers. A disconnect that is this much later than the newest subscription of another session is of a later one.
 */
export const clockSkewMs = 5_000

/** The same person when the event tells nothing new, so that nothing is written. */
export function applyEvent(person: Person | undefined, event: PresenceEvent): Person {
  const before = person ?? { principal: event.principal, connections: {} }
  const connection = before.connections[event.slot] ?? unknown
  const after = applyTo(connection, event)
  if (after === connection) return before
  return { ...before, connections: { ...before.connections, [event.slot]: after } }
}

/** The topics that the person hears, on whichever connections: each once, so that whoever changes over counts once. */
export function heardTopics(person: Person | undefined): ReadonlySet<string> {
  const heard = new Set<string>()
  for (const connection of Object.values(person?.connections ?? {}))
    for (const [topic, state] of Object.entries(connection.topics)) if (state.heard) heard.add(topic)
  if (heard.size <= topicsPerPerson) return heard
  return new Set([...heard].toSorted().slice(0, topicsPerPerson))
}

/**
 * The client IDs' digits that are worth asking after: those that anything is known of, and the other of each pair, which
 * the same page may have changed over to without a word of it.
 */
export function likelySlots(person: Person): readonly Slot[] {
  const known = slots.map((slot) => person.connections[slot] !== undefined)
  return slots.filter((_, index) => known[index] === true || known[index ^ 1] === true)
}

const unknown: Connection = { session: '', at: 0, topics: {}, ended: [] }

function applyTo(connection: Connection, event: PresenceEvent): Connection {
  switch (event.kind) {
    case 'subscribed':
    case 'unsubscribed':
      return ofTopics(connection, event.session, event.at, event.topics, event.kind === 'subscribed')
    case 'disconnected':
      return afterEnd(connection, event.session, event.at)
    case 'checked':
      return event.connection ? asFound(connection, event.connection, event.at) : asGone(connection, event.at)
  }
}

function ofTopics(
  connection: Connection,
  session: string,
  at: number,
  topics: readonly string[],
  heard: boolean,
): Connection {
  if (connection.ended.includes(session)) return connection
  if (connection.session === session) return withTopics(connection, topics, at, heard)
  // Of an earlier connection; within a millisecond the names decide, so that every order of arrival agrees.
  if (at < connection.at || (at === connection.at && session < connection.session)) return connection
  // A connection that only a check told of is this one, as far as anybody knows. Any other one is over: a client ID has one.
  const topicsBefore = connection.session === '' ? connection.topics : {}
  return withTopics({ ...connection, session, at, topics: topicsBefore }, topics, at, heard)
}

function withTopics(
  connection: Connection,
  topics: readonly string[],
  at: number,
  heard: boolean,
): Connection {
  const changed = topics.filter((topic) => {
    const known = connection.topics[topic]
    // At the same millisecond: heard. The next check corrects it.
    return !known || known.at < at || (known.at === at && heard && !known.heard)
  })
  const newest = Math.max(connection.at, at)
  if (changed.length === 0 && newest === connection.at) return connection
  const entries = Object.entries({
    ...connection.topics,
    ...Object.fromEntries(changed.map((topic) => [topic, { at, heard }])),
  })
  if (entries.length > topicsPerConnection) {
    // What was left goes before what is heard, then the oldest; names decide between equals.
    entries.sort(
      ([oneTopic, one], [otherTopic, other]) =>
        Number(other.heard) - Number(one.heard) || other.at - one.at || (oneTopic < otherTopic ? -1 : 1),
    )
    entries.length = topicsPerConnection
  }
  return { ...connection, at: newest, topics: Object.fromEntries(entries) }
}

function afterEnd(connection: Connection, session: string, at: number): Connection {
  if (connection.ended.includes(session)) return connection
  const over = { ...connection, ended: [...connection.ended, session].slice(-endedMax) }
  if (session === connection.session) return { ...over, topics: {} }
  // The end of another session. If that came after the one known here, then this one is over, too, and its own end is
  // lost or late; otherwise it says nothing of this one, which took its place.
  if (connection.session === '') return at > connection.at ? { ...over, topics: {} } : over
  return at > connection.at + clockSkewMs ? { ...end(over), topics: {} } : over
}

/** The known session is over. */
function end(connection: Connection): Connection {
  if (connection.session === '' || connection.ended.includes(connection.session)) return connection
  return { ...connection, ended: [...connection.ended, connection.session].slice(-endedMax) }
}

function asGone(connection: Connection, askedAt: number): Connection {
  const until = askedAt - clockSkewMs
  // It came, or said something, at about the time of asking: the answer may be of before.
  if (connection.at >= until) return connection
  return { ...end(connection), at: until, topics: {} }
}

function asFound(
  connection: Connection,
  found: { readonly since: number; readonly topics: readonly string[] },
  askedAt: number,
): Connection {
  const isAnother = connection.session === '' || connection.at < found.since
  const same = isAnother
    ? { ...end(connection), session: '', at: Math.max(connection.at, found.since) }
    : // Whatever was said of its end, it is there.
      { ...connection, ended: connection.ended.filter((session) => session !== connection.session) }
  const heardNow = new Set(found.topics)
  const kept = Object.fromEntries(
    Object.entries(same.topics).filter(
      ([topic, { at }]) => heardNow.has(topic) || at >= askedAt - clockSkewMs,
    ),
  )
  return withTopics({ ...same, topics: kept }, found.topics, askedAt, true)
}

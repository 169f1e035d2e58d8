/**
 * The leading tab's part: the one connection, and which tab wants what of it. Messages go to all tabs as they came, so
 * that each tab keeps its own place in every topic and recovers by itself, whoever leads.
 *
 * @module
 */
import { createConnection } from '../connection/connection.ts'
import { createSubscriptions } from '../connection/subscriptions.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Session } from '../session.ts'
import type { FromHub, OpenTabChannel, ToHub } from './protocol.ts'

/** A tab unheard for this long is gone, ms; a hidden tab's timers run once a minute. */
const goneAfterMs = 180_000

interface Tab {
  /** Ms since 1970. */
  heardAt: number
  /** What ends its interest, by topic. */
  readonly topics: Map<string, () => void>
}

/** The connection of all tabs. */
export interface Hub {
  /** Ends the connection. */
  close(): void
}

/** Connects, and serves the tabs on the channel `name`. `inherited` is the session of the hub before, if it is known. */
export function startHub(
  hub: number,
  name: string,
  openChannel: OpenTabChannel,
  options: ResolvedOptions,
  inherited: Session | undefined,
): Hub {
  const { clock } = options
  const encoder = new TextEncoder()
  const tabs = new Map<string, Tab>()
  let generation = 0
  let known = inherited
  /** What arrives now goes to all tabs at once, and not to each that wants it. */
  let live = false

  const channel = openChannel(name, (message) => {
    if ('from' in message) receive(message)
  })
  const post = (message: FromHub): void => channel.post(message)
  // Each tab reports for itself.
  const subscriptions = createSubscriptions({ ...options, onProblem() {} })
  const connection = createConnection(
    { ...options, session },
    {
      ...subscriptions,
      deliver(topic, payload, correlationData) {
        post({ hub, do: 'message', topic, payload, correlationData })
        live = true
        subscriptions.deliver(topic, payload, correlationData)
        live = false
      },
    },
    announce,
  )
  let cancelSweep = clock.after(goneAfterMs, sweep)
  connection.send({ type: 'start' })
  announce()

  function session(request: { readonly fresh: boolean }): Promise<Session> {
    const kept = request.fresh || !known || known.expiresAt * 1000 <= clock.now() ? undefined : known
    // Once: what a tab brought along from its predecessor is not better than the application's callback.
    known = undefined
    return kept ? Promise.resolve(kept) : options.session(request)
  }

  function announce(): void {
    const { state, session } = connection
    if (state.status !== 'closed') post({ hub, do: 'state', state, session, generation })
  }

  function receive(message: ToHub): void {
    const { from } = message
    if (message.do === 'hello') {
      leave(from)
      tabs.set(from, { heardAt: clock.now(), topics: new Map() })
      announce()
      return
    }
    const tab = tabs.get(from)
    if (!tab) {
      if (message.do !== 'bye') post({ hub, to: from, do: 'forgotten' })
      return
    }
    tab.heardAt = clock.now()
    switch (message.do) {
      case 'bye':
        leave(from)
        return
      case 'ping':
        post({ hub, to: from, do: 'pong' })
        return
      case 'notice':
        connection.send({ type: message.type })
        return
      case 'subscribe':
        subscribe(tab, message)
        return
      case 'publish':
        void publish(message)
        return
      case 'unsubscribe':
        for (const topic of message.topics) unwant(tab, topic)
    }
  }

  function subscribe(tab: Tab, { from: to, id, topics }: Extract<ToHub, { do: 'subscribe' }>): void {
    const codes = new Map<string, number>()
    const answer = (topic: string, code: number): void => {
      if (codes.has(topic)) return
      codes.set(topic, code)
      if (codes.size === topics.length)
        post({ hub, to, do: 'codes', id, codes: topics.map((each) => codes.get(each) ?? 0) })
    }
    for (const topic of topics) {
      unwant(tab, topic)
      const remove = subscriptions.add(topic, {
        quiet: true,
        subscribed: () => answer(topic, 0),
        lost: restart,
        failed({ reasonCode = 0x80 }) {
          // Granted once, and denied to a later session: the tab hears of it when it asks anew.
          if (codes.has(topic)) restart()
          else answer(topic, reasonCode)
        },
        message(raw) {
          // What the others had before. Only what has an epoch stands until the next comes; a signal is past.
          if (live || (raw as { epoch?: unknown } | null)?.epoch === undefined) return
          const payload = encoder.encode(JSON.stringify(raw))
          post({ hub, to, do: 'message', topic, payload, correlationData: undefined })
        },
      })
      tab.topics.set(topic, remove)
    }
  }

  async function publish({ from: to, id, message }: Extract<ToHub, { do: 'publish' }>): Promise<void> {
    const code = await subscriptions.link()?.publish(message)
    // Without an answer the link ended, and the tab hears of that.
    if (code !== undefined) post({ hub, to, do: 'codes', id, codes: [code] })
  }

  function unwant(tab: Tab, topic: string): void {
    tab.topics.get(topic)?.()
    tab.topics.delete(topic)
  }

  function leave(from: string): void {
    const tab = tabs.get(from)
    tabs.delete(from)
    if (tab) for (const topic of tab.topics.keys()) unwant(tab, topic)
  }

  /** Every tab asks for everything anew, and so hears what is denied and finds what it missed. */
  function restart(): void {
    generation++
    for (const tab of tabs.values()) for (const topic of tab.topics.keys()) unwant(tab, topic)
    announce()
  }

  function sweep(): void {
    for (const [from, { heardAt }] of tabs) if (heardAt < clock.now() - goneAfterMs) leave(from)
    cancelSweep = clock.after(goneAfterMs, sweep)
  }

  return {
    close() {
      cancelSweep()
      connection.send({ type: 'close' })
      post({ hub, do: 'end' })
      channel.close()
    },
  }
}

/**
 * Each tab's part: a connection that mirrors the hub's, one link over the channel, and the wish to lead.
 *
 * @module
 */
import type { Connection } from '../connection/connection.ts'
import { type ConnectionEvent, type ConnectionState, initialState } from '../connection/state.ts'
import type { Subscriptions } from '../connection/subscriptions.ts'
import type { Link } from '../connection/transport.ts'
import type { ResolvedOptions } from '../options.ts'
import type { Session } from '../session.ts'
import { lead } from './lead.ts'
import { startHub } from './hub.ts'
import type { FromHub, OpenTabChannel, TabChannel, TabLocks, ToHub } from './protocol.ts'

/** How often a tab asks whether the hub still answers, ms. */
const askEveryMs = 5000
/** How long the hub may take to answer before the lead is taken from it, ms; up to twice that, drawn. */
const answerWithinMs = 2000

/** What a tab needs of its platform. */
export interface TabOptions {
  /** Of the lock and the channel: the same for all tabs that share. */
  readonly name: string
  readonly locks: TabLocks
  readonly openChannel: OpenTabChannel
}

/** A connection through whichever tab leads. */
export function joinTabs(
  { name, locks, openChannel }: TabOptions,
  options: ResolvedOptions,
  subscriptions: Subscriptions,
  changed: () => void,
): Connection {
  const { clock, random } = options
  const from = random().toString(36).slice(2)
  const answers = new Map<number, (codes: readonly number[] | undefined) => void>()
  let state: ConnectionState = initialState
  let session: Session | undefined
  let channel: TabChannel | undefined
  /** The hub in office: the newest that spoke; 0 while none is known. What an older one says, after a freeze perhaps, is void. */
  let hub = 0
  /** The highest number seen. */
  let highest = 0
  /** The hub's link, while subscriptions stand on it, and the generation they are of. */
  let attached: { readonly link: Link; readonly generation: number } | undefined
  let lastId = 0
  let cancelAsk = (): void => {}
  let cancelTake: (() => void) | undefined

  const candidate = lead(name, locks, () =>
    // Later hubs have higher numbers, whatever the clock does.
    startHub(Math.max(highest + 1, clock.now()), name, openChannel, options, session),
  )

  function join(): void {
    if (channel || state.status === 'closed') return
    channel = openChannel(name, (message) => {
      if ('hub' in message && message.hub >= hub && (message.to ?? from) === from) receive(message)
    })
    candidate.stand()
    ask('hello')
  }

  function leave(next: ConnectionState): void {
    if (channel) {
      cancelAsk()
      heard()
      post({ from, do: 'bye' })
      candidate.withdraw()
      detach()
      channel.close()
      channel = undefined
      hub = 0
    }
    mirror(next)
  }

  function post(message: ToHub): void {
    channel?.post(message)
  }

  /** Says `what`, and takes the lead when nobody answers. */
  function ask(what: 'hello' | 'ping'): void {
    post({ from, do: what })
    cancelTake ??= clock.after(answerWithinMs * (1 + random()), () => {
      cancelTake = undefined
      forget()
      candidate.take()
    })
    cancelAsk()
    cancelAsk = clock.after(askEveryMs, () => ask('ping'))
  }

  function heard(): void {
    cancelTake?.()
    cancelTake = undefined
  }

  function receive(message: FromHub): void {
    heard()
    if (message.do === 'end') {
      if (message.hub !== hub) return
      forget()
      mirror(initialState)
      ask('hello')
      return
    }
    if (message.hub > hub) {
      forget()
      ;({ hub } = message)
      highest = Math.max(highest, hub)
      // Before anything else, so that it knows this tab by then.
      ask('hello')
    }
    switch (message.do) {
      case 'state':
        follow(message)
        return
      case 'message':
        if (attached) subscriptions.deliver(message.topic, message.payload, message.correlationData)
        return
      case 'codes':
        answers.get(message.id)?.(message.codes)
        answers.delete(message.id)
        return
      case 'forgotten':
        detach()
        ask('hello')
        return
      case 'pong':
    }
  }

  function follow({ state: next, session: current, generation }: Extract<FromHub, { do: 'state' }>): void {
    const connected = next.status === 'connected'
    if (!connected || attached?.generation !== generation) detach()
    session = current ?? session
    if (connected && !attached) attach(generation)
    mirror(next)
  }

  /** No hub is known any more. */
  function forget(): void {
    detach()
    hub = 0
  }

  function mirror(next: ConnectionState): void {
    if (state.status === 'closed') return
    state = next
    changed()
  }

  function attach(generation: number): void {
    const link: Link = {
      subscribe: (topics) => answered((id) => ({ from, do: 'subscribe', id, topics })),
      publish: async (message) => (await answered((id) => ({ from, do: 'publish', id, message })))?.[0],
      unsubscribe: (topics) => post({ from, do: 'unsubscribe', topics }),
      check() {},
      close() {},
    }
    attached = { link, generation }
    void subscriptions.attach(link)
  }

  /** Asks the hub; undefined when the link ends first. */
  function answered(question: (id: number) => ToHub): Promise<readonly number[] | undefined> {
    const id = ++lastId
    post(question(id))
    return new Promise((resolve) => answers.set(id, resolve))
  }

  function detach(): void {
    if (!attached) return
    const { link } = attached
    attached = undefined
    for (const settle of answers.values()) settle(undefined)
    answers.clear()
    subscriptions.detach(link)
  }

  return {
    get state() {
      return state
    },
    get session() {
      return session
    },
    send(event: ConnectionEvent) {
      if (event.type === 'close') leave({ status: 'closed' })
      // What is put away leads no more, and has no lock that would keep it out of the back/forward cache.
      else if (event.type === 'sleep') leave(initialState)
      else if (event.type === 'start' || !channel) join()
      else if (event.type === 'wake' || event.type === 'doubt') post({ from, do: 'notice', type: event.type })
    },
  }
}

/**
 * The broker in memory: exact topics, retained heads, denials, a network that can be cut.
 *
 * @module
 */
import type { Link, LinkListener, OutgoingMessage, Transport } from '../../connection/transport.ts'
import { loss } from '../../connection/loss.ts'
import { notAuthorized } from '../../mqtt/reason-codes.ts'

/** The broker's side of every client in memory. */
export interface MemoryBroker {
  readonly transport: Transport
  readonly denied: Set<string>
  /** Topics that somebody hears. */
  heard(topic: string): boolean
  publish(topic: string, message: object, correlationData?: Uint8Array): void
  /** Ends every connection; none opens while `up` is false. */
  cut(detail: string): void
  up: boolean
}

interface Connected {
  readonly listener: LinkListener
  readonly topics: Set<string>
}

/** What the broker asks, and tells. */
export interface MemoryBrokerOptions {
  /** The message that a new subscriber to a topic gets. */
  readonly retained: (topic: string) => object | undefined
  /** What a client published. */
  readonly received: (message: OutgoingMessage) => void
}

/** A broker with no connections. */
export function memoryBroker({ retained, received }: MemoryBrokerOptions): MemoryBroker {
  const connected = new Set<Connected>()
  const encoder = new TextEncoder()
  const denied = new Set<string>()

  function deliver(to: Connected, topic: string, message: object, correlationData?: Uint8Array): void {
    const payload = encoder.encode(JSON.stringify(message))
    queueMicrotask(() => {
      if (connected.has(to) && to.topics.has(topic)) to.listener.message(topic, payload, correlationData)
    })
  }

  const broker: MemoryBroker = {
    up: true,
    denied,
    heard: (topic) => [...connected].some(({ topics }) => topics.has(topic)),
    publish(topic, message, correlationData) {
      for (const each of connected) if (each.topics.has(topic)) deliver(each, topic, message, correlationData)
    },
    cut(detail) {
      for (const each of connected) {
        connected.delete(each)
        each.listener.lost(loss('connection-lost', detail))
      }
    },
    transport(_target, listener): Link {
      const self: Connected = { listener, topics: new Set() }
      let closed = false
      queueMicrotask(() => {
        if (closed) return
        if (!broker.up) {
          listener.lost(loss('unreachable', 'the network of the test is cut'))
          return
        }
        connected.add(self)
        listener.opened()
      })
      return {
        async subscribe(topics) {
          await Promise.resolve()
          if (!connected.has(self)) return undefined
          return topics.map((topic) => {
            if (denied.has(topic)) return notAuthorized
            self.topics.add(topic)
            const message = retained(topic)
            if (message) deliver(self, topic, message)
            return 0
          })
        },
        unsubscribe(topics) {
          for (const topic of topics) self.topics.delete(topic)
        },
        async publish(message) {
          await Promise.resolve()
          if (!connected.has(self)) return undefined
          if (denied.has(message.topic)) return notAuthorized
          received(message)
          return 0
        },
        check() {},
        close() {
          closed = true
          connected.delete(self)
        },
      }
    },
  }
  return broker
}

/**
 * As much of an MQTT 5 broker as a client's test needs, on a real port: clean sessions, QoS 0, exact topics, retained
 * messages. Another hand's codec (mqtt-packet), so that both sides do not share a mistake.
 *
 * @module
 */
import type { Server } from 'node:http'
import mqtt, { type Packet } from 'mqtt-packet'
import { WebSocketServer, type WebSocket } from 'ws'

export interface MinimalBroker {
  /** Packets that clients sent, in order. */
  readonly received: readonly Packet[]
  /** URLs that clients opened. */
  readonly urls: readonly string[]
  publish(topic: string, payload: string, options?: { qos?: 0 | 1; retain?: boolean }): void
  /** Cuts every connection without a word. */
  cut(): void
  /** Sends every client bytes as they are, in frames of this size. */
  sendRaw(bytes: Uint8Array, frameBytes: number): void
  /** Answers for a packet, instead of the usual: return true when it did. */
  onPacket: (packet: Packet, send: (packet: Packet) => void) => boolean
}

const protocolVersion = 5

/** A broker on this HTTP server's `/mqtt`. */
export function minimalBroker(server: Server): MinimalBroker {
  const received: Packet[] = []
  const urls: string[] = []
  const retained = new Map<string, string>()
  const clients = new Map<WebSocket, Set<string>>()
  const sockets = new WebSocketServer({ server, path: '/mqtt', handleProtocols: () => 'mqtt' })
  const send = (socket: WebSocket, packet: Packet): void => {
    socket.send(mqtt.generate(packet, { protocolVersion }))
  }

  sockets.on('connection', (socket, request) => {
    urls.push(request.url ?? '')
    const topics = new Set<string>()
    clients.set(socket, topics)
    socket.on('close', () => clients.delete(socket))
    const parser = mqtt.parser({ protocolVersion })
    socket.on('message', (data: Buffer) => parser.parse(data))
    parser.on('packet', (packet: Packet) => {
      received.push(packet)
      if (broker.onPacket(packet, (answer) => send(socket, answer))) return
      if (packet.cmd === 'connect') {
        send(socket, { cmd: 'connack', reasonCode: 0, sessionPresent: false })
      } else if (packet.cmd === 'subscribe') {
        for (const { topic } of packet.subscriptions) topics.add(topic)
        send(socket, {
          cmd: 'suback',
          messageId: packet.messageId ?? 0,
          granted: packet.subscriptions.map(() => 0),
          reasonCode: 0,
        })
        for (const { topic } of packet.subscriptions) {
          const payload = retained.get(topic)
          if (payload !== undefined) {
            send(socket, { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: true })
          }
        }
      } else if (packet.cmd === 'unsubscribe') {
        for (const topic of packet.unsubscriptions) topics.delete(topic)
        const granted = packet.unsubscriptions.map(() => 0)
        send(socket, { cmd: 'unsuback', messageId: packet.messageId ?? 0, granted })
      } else if (packet.cmd === 'pingreq') send(socket, { cmd: 'pingresp' })
    })
  })

  const broker: MinimalBroker = {
    received,
    urls,
    onPacket: () => false,
    publish(topic, payload, { qos = 0, retain = true } = {}) {
      if (retain) retained.set(topic, payload)
      for (const [socket, topics] of clients) {
        if (topics.has(topic)) {
          send(socket, { cmd: 'publish', topic, payload, qos, dup: false, retain: false, messageId: 7 })
        }
      }
    },
    cut() {
      for (const socket of clients.keys()) socket.terminate()
    },
    sendRaw(bytes, frameBytes) {
      for (const socket of clients.keys()) {
        for (let at = 0; at < bytes.length; at += frameBytes) socket.send(bytes.subarray(at, at + frameBytes))
      }
    },
  }
  return broker
}

/**
 * MQTT 5 over the platform's WebSocket, as AWS IoT Core takes it: subprotocol `mqtt`, credentials in the URL.
 *
 * @module
 */
import type { Clock } from '../clock.ts'
import { describeError } from '../errors.ts'
import { type IncomingPacket, PacketReader } from '../mqtt/decode.ts'
import {
  encodeConnect,
  encodeDisconnect,
  encodePingreq,
  encodePuback,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../mqtt/encode.ts'
import { isFailure, reasonCode, writeReasonCode } from '../mqtt/reason-codes.ts'
import { webSocketUrl } from '../session.ts'
import { type Loss, loss } from './loss.ts'
import type { Transport } from './transport.ts'

/** How long a broker may take for PINGRESP or SUBACK before the connection counts as dead, ms. */
const answerTimeoutMs = 5000

/** A transport over this WebSocket class. */
export function mqttOverWebSocket(WebSocketClass: typeof WebSocket, clock: Clock): Transport {
  return ({ session, clientId, keepAliveSeconds }, listener) => {
    const reader = new PacketReader()
    const waitingAcks = new Map<number, (codes: readonly number[] | undefined) => void>()
    let lastPacketId = 0
    let stage: 'opening' | 'connecting' | 'connected' | 'ended' = 'opening'
    let pingEveryMs = (keepAliveSeconds * 1000) / 2
    let cancelPing = (): void => {}
    let cancelAnswer: (() => void) | undefined

    const socket = new WebSocketClass(webSocketUrl(session), 'mqtt')
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      if (stage !== 'opening') return
      stage = 'connecting'
      socket.send(encodeConnect({ clientId, keepAliveSeconds }))
    })
    socket.addEventListener('message', (event: MessageEvent<unknown>) => receive(event.data))
    // Tells nothing that `close`, which follows, does not; but some WebSockets throw when nobody listens.
    socket.addEventListener('error', () => {})
    socket.addEventListener('close', (event) => {
      const said = `WebSocket closed with ${event.code}${event.reason ? `, ${event.reason}` : ''}`
      if (stage === 'opening') end(loss('unreachable', `${session.endpoint}: ${said}`))
      // AWS was seen to answer a session that fails the authorizer with 101 and then a close, without a CONNACK:
      // https://github.com/massi-ang/aws-iot-custom-authorizer-sample/issues/17
      else if (stage === 'connecting') end(loss('session-refused', `before CONNACK: ${said}`))
      else end(loss('connection-lost', said))
    })

    function receive(data: unknown): void {
      if (stage === 'ended') return
      try {
        if (!(data instanceof ArrayBuffer)) throw new TypeError('a text frame')
        for (const packet of reader.push(new Uint8Array(data))) handle(packet)
      } catch (error) {
        fail(loss('protocol-error', describeError(error)), reasonCode.malformedPacket)
      }
    }

    function handle(packet: IncomingPacket): void {
      if (stage === 'ended') return
      heard()
      switch (packet.type) {
        case 'connack':
          if (isFailure(packet.reasonCode)) {
            fail(loss(connackLoss(packet.reasonCode), `CONNACK ${said(packet)}`))
            return
          }
          stage = 'connected'
          if (packet.serverKeepAliveSeconds) pingEveryMs = (packet.serverKeepAliveSeconds * 1000) / 2
          plan()
          listener.opened()
          return
        case 'publish':
          if (packet.packetId !== undefined) socket.send(encodePuback(packet.packetId))
          listener.message(packet.topic, packet.payload)
          return
        case 'suback':
        case 'unsuback': {
          const settle = waitingAcks.get(packet.packetId)
          waitingAcks.delete(packet.packetId)
          settle?.(packet.reasonCodes)
          return
        }
        case 'disconnect':
          fail(loss(disconnectLoss(packet.reasonCode), `DISCONNECT ${said(packet)}`))
          return
        case 'pingresp':
      }
    }

    /** Anything received is a sign of life, and the pings start anew. */
    function heard(): void {
      cancelAnswer?.()
      cancelAnswer = undefined
      if (stage === 'connected') plan()
    }

    function plan(): void {
      cancelPing()
      cancelPing = clock.after(pingEveryMs, ping)
    }

    function ping(): void {
      if (stage !== 'connected') return
      socket.send(encodePingreq())
      awaitAnswer('PINGREQ')
      plan()
    }

    function awaitAnswer(question: string): void {
      cancelAnswer ??= clock.after(answerTimeoutMs, () =>
        fail(loss('keep-alive-timeout', `nothing within ${answerTimeoutMs} ms of ${question}`)),
      )
    }

    function fail(why: Loss, code = 0): void {
      closeSocket(code)
      end(why)
    }

    function closeSocket(code: number): void {
      if (stage === 'connected' || stage === 'connecting') socket.send(encodeDisconnect(code))
      socket.close()
    }

    function end(why?: Loss): void {
      if (stage === 'ended') return
      stage = 'ended'
      cancelPing()
      cancelAnswer?.()
      for (const settle of waitingAcks.values()) settle(undefined)
      waitingAcks.clear()
      if (why) listener.lost(why)
    }

    function nextPacketId(): number {
      // Never 0 ([MQTT-2.2.1-3]); 65,535 are never waiting at once.
      lastPacketId = (lastPacketId % 65_535) + 1
      return lastPacketId
    }

    return {
      subscribe(topics) {
        if (stage !== 'connected') return Promise.resolve(undefined)
        const packetId = nextPacketId()
        socket.send(encodeSubscribe(packetId, topics))
        awaitAnswer('SUBSCRIBE')
        return new Promise((resolve) => {
          waitingAcks.set(packetId, resolve)
        })
      },
      unsubscribe(topics) {
        if (stage === 'connected') socket.send(encodeUnsubscribe(nextPacketId(), topics))
      },
      check: ping,
      close() {
        if (stage === 'ended') return
        closeSocket(reasonCode.success)
        end()
      },
    }
  }
}

const said = (packet: { reasonCode: number; reason: string | undefined }): string =>
  packet.reason
    ? `${writeReasonCode(packet.reasonCode)}, ${packet.reason}`
    : writeReasonCode(packet.reasonCode)

function connackLoss(code: number): Loss['code'] {
  return code === reasonCode.notAuthorized || code === reasonCode.badUserNameOrPassword
    ? 'session-refused'
    : 'server-disconnected'
}

function disconnectLoss(code: number): Loss['code'] {
  if (code === reasonCode.sessionTakenOver) return 'taken-over'
  if (code === reasonCode.notAuthorized) return 'session-refused'
  return code === reasonCode.keepAliveTimeout ? 'keep-alive-timeout' : 'server-disconnected'
}

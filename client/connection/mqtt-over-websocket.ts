/**
 * MQTT 5 over the platform's WebSocket, as AWS IoT Core takes it: subprotocol `mqtt`, credentials in the URL.
 *
 * @module
 */
import type { Clock } from '../clock.ts'
import { describeError } from '../errors.ts'
import { createPacketReader, type IncomingPacket } from '../mqtt/decode.ts'
import {
  encodeConnect,
  encodeDisconnect,
  encodePingreq,
  encodePuback,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../mqtt/encode.ts'
import { isFailure, malformedPacket } from '../mqtt/reason-codes.ts'
import { webSocketUrl } from '../session.ts'
import { type Loss, loss, refusal } from './loss.ts'
import type { OutgoingMessage, Transport } from './transport.ts'

/** How long a broker may take for PINGRESP or SUBACK before the connection counts as dead, ms. */
const answerTimeoutMs = 5000

/** How a PUBLISH is written; passed in, so that pages which never publish do not download it. */
export type EncodePublish = (packetId: number, message: OutgoingMessage) => Uint8Array<ArrayBuffer>

const publishesNothing: EncodePublish = () => {
  throw new Error('no encodePublish')
}

/** A transport over this WebSocket class. Without `encodePublish` it publishes nothing: `publish` rejects. */
export function mqttOverWebSocket(
  WebSocketClass: typeof WebSocket,
  clock: Clock,
  encodePublish: EncodePublish = publishesNothing,
): Transport {
  return ({ session, clientId, keepAliveSeconds }, listener) => {
    const read = createPacketReader()
    const waitingAcks = new Map<number, (codes: readonly number[] | undefined) => void>()
    let lastPacketId = 0
    let stage: 'opening' | 'connecting' | 'connected' | 'ended' = 'opening'
    let pingEveryMs = keepAliveSeconds * 500
    let heardAt = 0
    let cancelPing = (): void => {}
    let cancelAnswer: (() => void) | undefined

    const socket = new WebSocketClass(webSocketUrl(session), 'mqtt')
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      if (stage !== 'opening') return
      stage = 'connecting'
      socket.send(encodeConnect({ clientId, keepAliveSeconds }))
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      try {
        // Text, which no MQTT is, reads as nothing or as nonsense.
        for (const packet of read(new Uint8Array(data as ArrayBuffer))) handle(packet)
      } catch (error) {
        fail(loss('protocol-error', describeError(error)), malformedPacket)
      }
    })
    // Tells nothing that `close`, which follows, does not; but some WebSockets throw when nobody listens.
    socket.addEventListener('error', () => {})
    socket.addEventListener('close', ({ code, reason }) => {
      end(
        loss(
          // AWS was seen to answer a session that fails the authorizer with 101 and then a close, without a CONNACK:
          // https://github.com/massi-ang/aws-iot-custom-authorizer-sample/issues/17
          stage === 'opening'
            ? 'unreachable'
            : stage === 'connecting'
              ? 'session-refused'
              : 'connection-lost',
          `${session.endpoint}: WebSocket closed with ${code} ${reason}`,
        ),
      )
    })

    function handle(packet: IncomingPacket): void {
      if (stage === 'ended') return
      heardAt = clock.now()
      cancelAnswer?.()
      cancelAnswer = undefined
      switch (packet.type) {
        case 'connack':
          if (isFailure(packet.reasonCode)) {
            fail(refusal('CONNACK', packet.reasonCode, packet.reason))
            return
          }
          stage = 'connected'
          if (packet.serverKeepAliveSeconds) pingEveryMs = packet.serverKeepAliveSeconds * 500
          listener.opened()
          break
        case 'publish':
          if (packet.packetId) socket.send(encodePuback(packet.packetId))
          listener.message(packet.topic, packet.payload, packet.correlationData)
          break
        case 'ack':
          waitingAcks.get(packet.packetId)?.(packet.reasonCodes)
          waitingAcks.delete(packet.packetId)
          break
        case 'disconnect':
          fail(refusal('DISCONNECT', packet.reasonCode, packet.reason))
          break
        case 'pingresp':
      }
      plan()
    }

    /** Anything received is a sign of life, and the pings start anew. */
    function plan(): void {
      cancelPing()
      if (stage === 'connected') cancelPing = clock.after(pingEveryMs, ping)
    }

    function ping(): void {
      if (stage !== 'connected') return
      // The machine slept: the broker gave this connection up at one and a half times the keep-alive, which is two pings.
      const silentMs = clock.now() - heardAt
      if (silentMs > pingEveryMs * 3) {
        fail(loss('keep-alive-timeout', `no answer within ${silentMs} ms`))
        return
      }
      socket.send(encodePingreq())
      awaitAnswer()
      plan()
    }

    function awaitAnswer(): void {
      cancelAnswer ??= clock.after(answerTimeoutMs, () =>
        fail(loss('keep-alive-timeout', `no answer within ${answerTimeoutMs} ms`)),
      )
    }

    function fail(why: Loss, code?: number): void {
      closeSocket(code)
      end(why)
    }

    function closeSocket(code?: number): void {
      if (stage === 'connected' || stage === 'connecting') socket.send(encodeDisconnect(code))
      socket.close()
    }

    function end(why?: Loss): void {
      if (stage === 'ended') return
      stage = 'ended'
      cancelPing()
      cancelAnswer?.()
      for (const settle of waitingAcks.values()) settle(undefined)
      if (why) listener.lost(why)
    }

    /** Sends what is made with a packet ID, and answers the reason codes of its acknowledgement. */
    function ask(
      encode: (packetId: number) => Uint8Array<ArrayBuffer>,
    ): Promise<readonly number[] | undefined> {
      return new Promise((resolve) => {
        if (stage !== 'connected') {
          resolve(undefined)
          return
        }
        // Never 0 ([MQTT-2.2.1-3]); 65,535 are never waiting at once.
        lastPacketId = (lastPacketId % 65_535) + 1
        socket.send(encode(lastPacketId))
        awaitAnswer()
        waitingAcks.set(lastPacketId, resolve)
      })
    }

    return {
      subscribe: (topics) => ask((packetId) => encodeSubscribe(packetId, topics)),
      unsubscribe: (topics) => void ask((packetId) => encodeUnsubscribe(packetId, topics)),
      publish: async (message) => (await ask((packetId) => encodePublish(packetId, message)))?.[0],
      check: ping,
      close() {
        if (stage === 'ended') return
        closeSocket()
        end()
      },
    }
  }
}

/**
 * A transport over mqtt.js, for pages that ship it already. It is passed in; the client does not depend on it.
 *
 * @module
 */
import type { IClientOptions, MqttClient, Packet } from 'mqtt'
import { loss, type Loss, refusal } from '../connection/loss.ts'
import type { Transport } from '../connection/transport.ts'
import { describeError } from '../errors.ts'
import { webSocketUrl } from '../session.ts'

/** How long the broker may take to answer a check, ms. */
const answerTimeoutMs = 5000

/**
 * A transport over this `connect` of mqtt.js 5.
 *
 * @example
 * import mqtt from 'mqtt'
 * const client = connect({ api: '', transport: mqttJs(mqtt.connect) })
 */
export function mqttJs(connect: (url: string, options: IClientOptions) => MqttClient): Transport {
  return ({ session, clientId, keepAliveSeconds }, listener) => {
    // Reconnecting and resubscribing are the client's affair: it has the rules for both.
    const client = connect(webSocketUrl(session), {
      clientId,
      protocolVersion: 5,
      keepalive: keepAliveSeconds,
      clean: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
    })
    let stage: 'connecting' | 'connected' | 'ended' = 'connecting'
    let why: Loss | undefined
    let lastHeardAt = 0
    const settles = new Set<() => void>()

    client.on('connect', () => {
      if (stage !== 'connecting') return
      stage = 'connected'
      listener.opened()
    })
    client.on('packetreceive', (packet: Packet) => {
      lastHeardAt = performance.now()
      const code = 'reasonCode' in packet ? (packet.reasonCode ?? 0) : 0
      if (packet.cmd === 'connack' && code) {
        why = refusal('CONNACK', code)
      } else if (packet.cmd === 'disconnect') {
        why = refusal('DISCONNECT', code)
      }
    })
    client.on('message', (topic, payload, { properties }) => {
      if (stage === 'connected') listener.message(topic, payload, properties?.correlationData)
    })
    client.on('error', (error) => {
      why ??= loss(stage === 'connecting' ? 'unreachable' : 'protocol-error', describeError(error))
      end(true)
    })
    client.on('close', () => {
      why ??= loss(stage === 'connecting' ? 'unreachable' : 'connection-lost', `${session.endpoint} closed`)
      end(true)
    })

    function end(tell: boolean): void {
      if (stage === 'ended') return
      stage = 'ended'
      client.end(true)
      for (const settle of settles) settle()
      if (tell && why) listener.lost(why)
    }

    /** The answer, or undefined when the link ends first: mqtt.js does not call back then. */
    function ask<T>(run: (answer: (value: T | undefined) => void) => void): Promise<T | undefined> {
      return new Promise((resolve) => {
        const settle = (value?: T): void => {
          settles.delete(settle)
          resolve(value)
        }
        settles.add(settle)
        if (stage === 'connected') run(settle)
        else settle()
      })
    }

    return {
      subscribe: (topics) =>
        ask((answer) =>
          // A denied topic is an error to mqtt.js; its packet has the reason codes all the same.
          client.subscribe([...topics], { qos: 0 }, (error, granted, packet) =>
            answer(
              packet?.granted.map(Number) ??
                (error ? topics.map(() => codeOf(error)) : granted?.map(({ qos }) => qos)),
            ),
          ),
        ),
      unsubscribe(topics) {
        if (stage === 'connected') client.unsubscribe([...topics])
      },
      publish: ({ topic, payload, request }) =>
        ask((answer) =>
          client.publish(
            topic,
            Buffer.from(payload),
            {
              qos: 1,
              ...(request
                ? {
                    properties: {
                      responseTopic: request.responseTopic,
                      correlationData: Buffer.from(request.correlationData),
                    },
                  }
                : {}),
            },
            (error) => answer(error ? codeOf(error) : 0),
          ),
        ),
      check() {
        if (stage !== 'connected') return
        const askedAt = performance.now()
        client.sendPing()
        setTimeout(() => {
          if (stage !== 'connected' || lastHeardAt >= askedAt) return
          why = loss('keep-alive-timeout', `no answer within ${answerTimeoutMs} ms`)
          end(true)
        }, answerTimeoutMs)
      },
      close: () => end(false),
    }
  }
}

/** The reason code that mqtt.js puts into its errors as `code`. */
function codeOf(error: Error): number {
  const { code } = error as { code?: unknown }
  return typeof code === 'number' ? code : 0x80
}

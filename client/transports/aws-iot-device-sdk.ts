/**
 * A transport over the AWS IoT Device SDK v2, for back offices on Node whose right to connect is an IAM role. It is passed
 * in; the client does not depend on it.
 *
 * @module
 */
import type { mqtt5 } from 'aws-iot-device-sdk-v2'
import { loss, type Loss, refusal } from '../connection/loss.ts'
import type { Link, Transport } from '../connection/transport.ts'
import { describeError } from '../errors.ts'
import type { SessionCallback } from '../session.ts'

/** What is used of the SDK. */
export interface DeviceSdk {
  readonly mqtt5: Pick<typeof mqtt5, 'Mqtt5Client' | 'QoS'>
}

/**
 * A transport whose connections this function configures, with the SDK's builders. `keepAliveSeconds` and `clientId` go into
 * `withConnectProperties`. Close the client before the process ends: the SDK's threads keep it alive.
 *
 * @example
 * import * as sdk from 'aws-iot-device-sdk-v2'
 * const transport = awsIotDeviceSdk(sdk, (clientId, keepAliveIntervalSeconds) =>
 *   sdk.iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithSigv4Auth(endpoint, { region })
 *     .withConnectProperties({ clientId, keepAliveIntervalSeconds })
 *     .build(),
 * )
 * const client = connect({ api, transport, session: iamSessions('backoffice') })
 */
export function awsIotDeviceSdk(
  sdk: DeviceSdk,
  configure: (clientId: string, keepAliveSeconds: number) => mqtt5.Mqtt5ClientConfig,
): Transport {
  return ({ clientId, keepAliveSeconds }, listener) => {
    const { QoS } = sdk.mqtt5
    const client = new sdk.mqtt5.Mqtt5Client(configure(clientId, keepAliveSeconds))
    let stage: 'connecting' | 'connected' | 'ended' = 'connecting'

    client.on('connectionSuccess', () => {
      // The SDK reconnects by itself; what comes of that is nobody's.
      if (stage !== 'connecting') return
      stage = 'connected'
      listener.opened()
    })
    client.on('connectionFailure', ({ connack, error }) => {
      end(connack ? refusal('CONNACK', connack.reasonCode) : loss('unreachable', describeError(error)))
    })
    client.on('disconnection', ({ disconnect, error }) => {
      end(
        disconnect
          ? refusal('DISCONNECT', disconnect.reasonCode)
          : loss('connection-lost', describeError(error)),
      )
    })
    client.on('messageReceived', ({ message }) => {
      if (stage !== 'connected') return
      listener.message(
        message.topicName,
        bytesOf(message.payload),
        message.correlationData && bytesOf(message.correlationData),
      )
    })
    client.on('error', (error) => end(loss('protocol-error', describeError(error))))
    client.start()

    function end(why?: Loss): void {
      if (stage === 'ended') return
      stage = 'ended'
      client.stop()
      client.close()
      if (why) listener.lost(why)
    }

    /** Nothing, when the link ends first: the SDK rejects what waits then. */
    async function ask<T>(run: () => Promise<T>): Promise<T | undefined> {
      if (stage !== 'connected') return undefined
      try {
        return await run()
      } catch {
        // The end of the link says why.
        return undefined
      }
    }

    const link: Link = {
      subscribe: async (topics) =>
        (
          await ask(() =>
            client.subscribe({
              subscriptions: topics.map((topicFilter) => ({ topicFilter, qos: QoS.AtMostOnce })),
            }),
          )
        )?.reasonCodes,
      unsubscribe: (topics) => void ask(() => client.unsubscribe({ topicFilters: [...topics] })),
      publish: async ({ topic: topicName, payload, request }) =>
        (await ask(() => client.publish({ topicName, payload, qos: QoS.AtLeastOnce, ...request })))
          ?.reasonCode,
      // Its own pings find out.
      check() {},
      close: () => end(),
    }
    return link
  }
}

/** Sessions for connections that IAM lets in: client IDs and nothing else. `principal` names the connection's owner, alphanumeric. */
export function iamSessions(principal: string): SessionCallback {
  return async () => ({
    endpoint: '',
    authorizer: '',
    tokenKey: '',
    token: '',
    signature: '',
    clientIds: [`${principal}-0`, `${principal}-1`],
    principal,
    expiresAt: Date.now() / 1000 + 86_400,
  })
}

const bytesOf = (data: unknown): Uint8Array =>
  typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data as ArrayBuffer)

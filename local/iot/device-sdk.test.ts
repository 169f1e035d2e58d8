import { once } from 'node:events'
import { auth, iot, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, type LogLine, startIotCore } from './index.ts'
import { anAnswer, anAuthorizer, signature } from './testing/an-authorizer.ts'
import { openTlsDoor, type TlsDoor } from './testing/tls-door.ts'

// The AWS IoT Device SDK as AWS ships it: it wants TLS, so a door with a certificate of its own stands before the broker.

/** Tests run beside each other: an answer may take a while. */
const patient = { timeout: 10_000 }

let core: IotCore
let door: TlsDoor
let log: LogLine[]

beforeEach(async () => {
  log = []
  core = await startIotCore({
    tcpPort: 0,
    authorizers: [anAuthorizer(() => anAnswer({}))],
    credentials: [{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session/token+=' }],
    log: (line) => log.push(line),
  })
  door = await openTlsDoor(core.port)
})

afterEach(async () => {
  await core.close()
  await door.close()
})

const customAuth = {
  authorizerName: 'visitors',
  username: 'bob',
  tokenKeyName: 'token',
  tokenValue: 't',
  // AWS wants it URL-encoded (docs/aws-iot-core.md §5a); of the SDK's builders, that of WebSockets leaves this to its caller.
  tokenSignature: encodeURIComponent(signature('t')),
}

const sigV4 = {
  region: 'eu-west-1',
  credentialsProvider: auth.AwsCredentialsProvider.newStatic('AKIDEXAMPLE', 'secret', 'session/token+='),
}

const builders = {
  'custom authentication': () =>
    iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithCustomAuth('localhost', customAuth),
  'Signature Version 4': () =>
    iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithSigv4Auth('localhost', sigV4),
}

function five(builder: iot.AwsIotMqtt5ClientConfigBuilder): mqtt5.Mqtt5Client {
  return new mqtt5.Mqtt5Client(
    builder
      .withCertificateAuthority(door.certificate)
      .withPort(door.port)
      .withConnectProperties({ keepAliveIntervalSeconds: 60, clientId: 'visitor1-0' })
      .build(),
  )
}

// docs/aws-iot-core.md §5a, §5b
test.each(Object.entries(builders))('the device SDK at MQTT 5 with %s', async (_, builder) => {
  const client = five(builder())
  try {
    const connected = once(client, 'connectionSuccess')
    client.start()
    const [{ settings }] = (await connected) as [
      mqtt5.ConnectionSuccessEvent & { settings: mqtt5.NegotiatedSettings },
    ]
    expect(settings).toMatchObject({ clientId: 'visitor1-0', maximumQos: 1, serverKeepAlive: 60 })
    const suback = await client.subscribe({
      subscriptions: [{ topicFilter: 'public/a', qos: mqtt5.QoS.AtLeastOnce }],
    })
    expect(suback.reasonCodes).toEqual([mqtt5.SubackReasonCode.GrantedQoS1])
    const heard = once(client, 'messageReceived')
    core.publish('public/a', Buffer.from('hello'), { qos: 1, properties: { userProperties: { a: 'b' } } })
    const [{ message }] = (await heard) as [mqtt5.MessageReceivedEvent]
    expect(Buffer.from(message.payload as ArrayBuffer).toString()).toBe('hello')
    expect(message.userProperties).toEqual([{ name: 'a', value: 'b' }])
    const puback = await client.publish({ topicName: 'drop/a', qos: mqtt5.QoS.AtLeastOnce, payload: 'x' })
    expect(puback?.reasonCode).toBe(mqtt5.PubackReasonCode.Success)
    const stopped = once(client, 'stopped')
    client.stop()
    await stopped
  } finally {
    client.close()
  }
  await expect.poll(() => core.stats().connections, patient).toBe(0)
  expect(log).toEqual([])
})

test('the device SDK at MQTT 5 is told why it is not let in', async () => {
  const client = five(
    iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithCustomAuth('localhost', {
      ...customAuth,
      tokenSignature: encodeURIComponent(signature('another token')),
    }),
  )
  try {
    const failed = once(client, 'connectionFailure')
    client.start()
    const [{ connack }] = (await failed) as [mqtt5.ConnectionFailureEvent]
    expect(connack?.reasonCode).toBe(mqtt5.ConnectReasonCode.NotAuthorized)
  } finally {
    client.stop()
    client.close()
  }
})

// docs/aws-iot-core.md §1: plain MQTT behind TLS, where AWS wants the ALPN name `mqtt`; §5a, §5b.
const oldBuilders = {
  'custom authentication over TCP': [
    'tcp',
    () =>
      iot.AwsIotMqttConnectionConfigBuilder.new_default_builder().with_custom_authorizer(
        'bob',
        'visitors',
        signature('t'),
        '',
        'token',
        't',
      ),
  ],
  'Signature Version 4': [
    'websocket',
    () =>
      iot.AwsIotMqttConnectionConfigBuilder.new_with_websockets({
        region: 'eu-west-1',
        credentials_provider: sigV4.credentialsProvider,
      }),
  ],
} as const

test.each(Object.entries(oldBuilders))('the device SDK at MQTT 3.1.1 with %s', async (_, [way, builder]) => {
  if (way === 'tcp') {
    await door.close()
    door = await openTlsDoor(core.tcpPort ?? 0)
  }
  const config = builder()
    .with_certificate_authority(door.certificate)
    .with_endpoint('localhost')
    .with_port(door.port)
    .with_client_id('visitor1-1')
    .with_clean_session(true)
    .build()
  const connection = new mqtt.MqttClient().new_connection(config)
  expect(await connection.connect()).toBe(false)
  const heard: string[] = []
  await connection.subscribe('public/a', mqtt.QoS.AtLeastOnce, (_topic, payload) => {
    heard.push(Buffer.from(payload).toString())
  })
  core.publish('public/a', Buffer.from('hello'), { qos: 1 })
  await expect.poll(() => heard, patient).toEqual(['hello'])
  await connection.publish('drop/a', 'x', mqtt.QoS.AtLeastOnce)
  await connection.disconnect()
  await expect.poll(() => core.stats().connections, patient).toBe(0)
  expect(log).toEqual([])
})

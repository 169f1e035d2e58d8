import * as sdk from 'aws-iot-device-sdk-v2'
import { openTlsDoor } from '../../local/iot/testing/tls-door.ts'
import { transportSuite } from '../connection/transport.suite.ts'
import { awsIotDeviceSdk } from './aws-iot-device-sdk.ts'

transportSuite('awsIotDeviceSdk', {
  bySession: false,
  async start(iot) {
    const door = await openTlsDoor(iot.port)
    const sigV4 = {
      region: 'eu-west-1',
      credentialsProvider: sdk.auth.AwsCredentialsProvider.newStatic('AKIDEXAMPLE', 'secret'),
    }
    const transport = awsIotDeviceSdk(sdk, (clientId, keepAliveIntervalSeconds) =>
      sdk.iot.AwsIotMqtt5ClientConfigBuilder.newWebsocketMqttBuilderWithSigv4Auth('localhost', sigV4)
        .withCertificateAuthority(door.certificate)
        .withPort(door.port)
        .withConnectProperties({ clientId, keepAliveIntervalSeconds })
        .build(),
    )
    return { transport, stop: () => door.close() }
  },
})

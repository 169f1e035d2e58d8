/** Where clients connect, and with what. docs/aws-iot-core.md §1, §5a. */
import { filtersPerSubscribeMax, payloadBytesMax } from '../contract/aws-limits.ts'

const bindings = {
  mqtt: {
    clientId: '<principal>-0',
    cleanSession: true,
    keepAlive: 60,
    sessionExpiryInterval: 0,
    bindingVersion: '0.2.0',
  },
}

const security = [{ $ref: '#/components/securitySchemes/session' }]

export const servers = {
  aws: {
    host: '{endpoint}.iot.{region}.amazonaws.com',
    pathname: '/mqtt',
    protocol: 'mqtt',
    protocolVersion: '5',
    title: 'AWS IoT Core',
    description: `MQTT 5 over WebSocket (wss, port 443). Payloads up to ${payloadBytesMax} bytes, ${filtersPerSubscribeMax} filters in a SUBSCRIBE, no QoS 2. \`POST /session\` names the endpoint.`,
    variables: {
      endpoint: { description: "the account's prefix", default: 'example-ats' },
      region: { description: 'the AWS Region', default: 'eu-west-1' },
    },
    security,
    bindings,
  },
  local: {
    host: 'localhost:{port}',
    pathname: '/mqtt',
    protocol: 'mqtt',
    protocolVersion: '5',
    title: 'This machine',
    description: 'The broker of `npm start`: MQTT 5 over WebSocket (ws), without TLS.',
    variables: { port: { description: 'IOT_PORT', default: '4001' } },
    security,
    bindings,
  },
} as const

export const securitySchemes = {
  session: {
    type: 'httpApiKey',
    name: 'token',
    in: 'query',
    description:
      "The token of `POST /session` in the WebSocket's query, with its signature (`x-amz-customauthorizer-signature`) and the authorizer's name (`x-amz-customauthorizer-name`). AWS IoT Core verifies the signature, then asks the custom authorizer for a policy: the client IDs and topics of this one principal.",
  },
} as const

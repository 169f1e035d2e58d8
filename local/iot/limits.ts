/**
 * AWS IoT Core's quotas that the broker keeps, and the bounds of its own memory. Quotas are those of
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html unless another page is named; those that a topic
 * contract or a session can break too are in topics/contract/aws-limits.ts.
 *
 * @module
 */
export {
  clientIdBytesMax,
  connectionLifeSeconds,
  filtersPerSubscribeMax,
  meteredUnitBytes,
  payloadBytesMax,
  policyDocumentCharactersMax,
  policyDocumentsMax,
  retainedPublishesPerSecondAndTopic,
  topicBytesMax,
  topicSlashesMax,
} from '../../topics/contract/aws-limits.ts'

/** Bytes in one MQTT packet, announced as Maximum Packet Size: 146 KB. docs/aws-iot-core.md §12.2. */
export const packetBytesMax = 146 * 1024

/** Smallest Maximum Packet Size that a client may announce, bytes. */
export const clientPacketBytesMin = 512

/** Topic filters in one connection. */
export const subscriptionsPerConnectionMax = 50

/** Inbound topic aliases. */
export const topicAliasMax = 8

/** Unacknowledged QoS 1 messages each way and connection. */
export const inFlightMax = 100

/** Publishes a second and connection, in and out together; the excess is dropped silently. */
export const publishesPerSecondAndConnection = 100

/** Bytes a second and connection, in and out together; AWS delays the excess. */
export const throughputBytesPerSecondAndConnection = 512 * 1024

/** CONNECTs a second and client ID. */
export const connectsPerSecondAndClientId = 1

/** Seconds that the keep-alive is brought into. https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html */
export const keepAliveSeconds = { min: 30, max: 1200 } as const

/** Longest session expiry, seconds, and that of every 3.1.1 persistent session. */
export const sessionExpirySecondsMax = 3600

/** Seconds that QoS 1 messages wait for a PUBACK before they are dropped, by protocol version. */
export const retrySeconds = { 4: 3600, 5: 960 } as const

/** Message expiry, seconds; what lies outside is brought inside. */
export const messageExpirySeconds = { min: 1, max: 604_800 } as const

/** Stored messages that a resumed session is sent a second. https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html */
export const replaysPerSecond = 10

/** Bytes in MQTT 5 properties of one packet. */
export const contentTypeBytesMax = 256
export const correlationDataBytesMax = 8 * 1024
export const userPropertiesBytesMax = 8 * 1024

/** Bytes of a shadow's state document. */
export const shadowDocumentBytesMax = 8 * 1024

/** Life of a WebSocket, seconds. */
export const webSocketLifeSeconds = 86_400

/** Time an authorizer has to answer, ms. https://docs.aws.amazon.com/iot/latest/developerguide/custom-authorizer.html */
export const authorizerTimeoutMs = 5000

/** Seconds that a Signature Version 4 is good for, before and after. docs/aws-iot-core.md §5b. */
export const signatureLifeSeconds = 300

/** The broker's own bounds, which AWS does not publish. */
export const bounds = {
  /** A WebSocket without a CONNECT is closed after this, ms. */
  connectDeadlineMs: 10_000,
  /** Bytes of an unfinished CONNECT that make it large, and how many clients may be at a large one; then the oldest is closed. */
  largeConnectBytes: 16 * 1024,
  largeConnects: 200,
  /** Largest WebSocket message taken, bytes: one packet, and what a client may put before and after it. */
  webSocketMessageBytes: 256 * 1024,
  /** Bytes waiting for one socket over which QoS 0 deliveries to it are dropped. */
  outboxSoftBytes: 512 * 1024,
  /** Bytes waiting for one socket over which it is disconnected. */
  outboxHardBytes: 2 * 1024 * 1024,
  /** Bytes of packets taken from a client before its CONNACK. */
  earlyBytes: 64 * 1024,
  /** Messages, and their bytes, stored for one session; what comes beyond is dropped and counted. */
  storedMessages: 10_000,
  storedBytes: 16 * 1024 * 1024,
  /** Policy decisions remembered for one connection. */
  decisions: 1000,
  /** Denials remembered for the page that shows them. */
  denials: 200,
  /** Reasons for denials that are counted one by one. */
  denialReasons: 100,
  /** Clients that have left and are remembered for GetConnection. */
  departures: 10_000,
  /** Client IDs whose lifecycle version numbers are kept; over it, those that are away longest are forgotten. */
  versions: 100_000,
  /** Body of a data-plane request, bytes. */
  requestBytes: 256 * 1024,
  /** Time between two looks at what has timed out, ms. */
  sweepMs: 1000,
  /** Time a closing socket has to say goodbye, ms. */
  closeMs: 2000,
} as const

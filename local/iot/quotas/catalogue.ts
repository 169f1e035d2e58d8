/**
 * AWS IoT Core's quotas as data: the name in AWS's table, the value, in which unit, and what is done here with what goes over it.
 * docs/aws-iot-core.md §3; https://docs.aws.amazon.com/general/latest/gr/iot-core.html
 *
 * @module
 */
import {
  clientIdBytesMax,
  clientPacketBytesMin,
  connectsPerSecondAndClientId,
  contentTypeBytesMax,
  correlationDataBytesMax,
  filtersPerSubscribeMax,
  inFlightMax,
  keepAliveSeconds,
  messageExpirySeconds,
  packetBytesMax,
  payloadBytesMax,
  publishesPerSecondAndConnection,
  retainedMessagesMax,
  retainedPublishesPerSecondAndTopic,
  retrySeconds,
  sessionExpirySecondsMax,
  shadowDocumentBytesMax,
  subscriptionsPerConnectionMax,
  throughputBytesPerSecondAndConnection,
  topicAliasMax,
  topicBytesMax,
  topicSlashesMax,
  userPropertiesBytesMax,
  webSocketLifeSeconds,
} from '../limits.ts'
import {
  sharedGroupChangesPerSecond,
  sharedGroupMembersMax,
  sharedGroupsMax,
  sharedQueueMessagesMax,
} from '../shared/shared-limits.ts'

export interface Quota {
  /** As AWS's table has it; Service Quotas lists the adjustable ones by it. */
  readonly name: string
  readonly value: number
  /** In the Regions of `smallRegions`. Default: the same. */
  readonly smallValue?: number
  readonly unit: string
  readonly per:
    | 'account'
    | 'connection'
    | 'client ID'
    | 'topic'
    | 'thing'
    | 'packet'
    | 'message'
    | 'rule'
    | 'shared group'
  /** Whether AWS raises it on request. */
  readonly adjustable: boolean
  /** `rate`: so many a second. `level`: so many at a time. `bound`: of one thing; kept whatever `quotas` says. */
  readonly kind: 'rate' | 'level' | 'bound'
  /** What becomes here of what is over it, where quotas are enforced. */
  readonly over: string
  /** Where one sees it on AWS: CloudWatch metrics of the namespace AWS/IoT, or log entries of AWSIotLogsV2. */
  readonly seen: string
}

const account = { per: 'account', adjustable: true } as const
const bound = { adjustable: false, kind: 'bound' } as const
const inClientLog = 'log entries whose status is Failure, by clientId'

/** Every quota that the broker keeps. */
export const quotaCatalogue = {
  connectPerAccount: {
    ...account,
    name: 'Connect requests per second per account',
    value: 3000,
    smallValue: 100,
    unit: 'CONNECTs a second',
    kind: 'rate',
    over: 'CONNACK 0x97 (3.1.1: 3)',
    seen: 'metric Connect.Throttle',
  },
  connectPerClientId: {
    name: 'Connect requests per second per client ID',
    value: connectsPerSecondAndClientId,
    unit: 'CONNECTs a second',
    per: 'client ID',
    adjustable: false,
    kind: 'rate',
    over: 'CONNACK 0x97 (3.1.1: 3)',
    seen: 'metric Connect.ClientIDThrottle',
  },
  connections: {
    ...account,
    name: 'Maximum concurrent client connections per account',
    value: 500_000,
    smallValue: 100_000,
    unit: 'connections',
    kind: 'level',
    over: 'CONNACK 0x97 (3.1.1: 3)',
    seen: 'metric Connect.Throttle',
  },
  publishInPerAccount: {
    ...account,
    name: 'Inbound publish requests per second per account',
    value: 20_000,
    smallValue: 2000,
    unit: 'publishes a second',
    kind: 'rate',
    over: 'HTTP 429, PUBACK 0x97; nothing at QoS 0 and 3.1.1, the message is lost',
    seen: 'metric PublishIn.Throttle',
  },
  publishOutPerAccount: {
    ...account,
    name: 'Outbound publish requests per second per account',
    value: 20_000,
    smallValue: 2000,
    unit: 'deliveries a second',
    kind: 'rate',
    over: 'dropped, nobody is told',
    seen: 'metric PublishOut.Throttle',
  },
  publishPerConnection: {
    name: 'Publish requests per second per connection',
    value: publishesPerSecondAndConnection,
    unit: 'publishes a second, in and out together',
    per: 'connection',
    adjustable: false,
    kind: 'rate',
    over: 'dropped, nobody is told',
    seen: 'metric Throttle.Exceeded',
  },
  throughputPerConnection: {
    name: 'Throughput per second per connection',
    value: throughputBytesPerSecondAndConnection,
    unit: 'bytes a second',
    per: 'connection',
    adjustable: false,
    kind: 'rate',
    over: 'delayed',
    seen: 'metric Throttle.Exceeded',
  },
  subscribePerAccount: {
    ...account,
    name: 'Subscriptions per second per account',
    value: 3000,
    smallValue: 200,
    unit: 'topic filters a second',
    kind: 'rate',
    over: 'SUBACK 0x97 (3.1.1: 0x80)',
    seen: 'metric Subscribe.Throttle',
  },
  subscriptionsPerAccount: {
    ...account,
    name: 'Subscriptions per account',
    value: 500_000,
    smallValue: 100_000,
    unit: 'topic filters',
    kind: 'level',
    over: 'SUBACK 0x97 (3.1.1: 0x80)',
    seen: 'metric Subscribe.Throttle',
  },
  subscriptionsPerConnection: {
    name: 'Subscriptions per connection',
    value: subscriptionsPerConnectionMax,
    unit: 'topic filters',
    per: 'connection',
    adjustable: true,
    kind: 'bound',
    over: 'SUBACK 0x97 (3.1.1: 0x80)',
    seen: inClientLog,
  },
  sharedGroups: {
    name: 'Maximum number of shared subscription groups per account',
    value: sharedGroupsMax,
    unit: 'groups',
    per: 'account',
    adjustable: false,
    kind: 'level',
    over: 'SUBACK 0x97 (3.1.1: 0x80)',
    seen: inClientLog,
  },
  sharedGroupMembers: {
    name: 'Maximum number of subscribers in a shared subscription group',
    value: sharedGroupMembersMax,
    unit: 'members',
    per: 'shared group',
    adjustable: false,
    kind: 'level',
    over: 'SUBACK 0x97 (3.1.1: 0x80)',
    seen: inClientLog,
  },
  sharedGroupChanges: {
    name: 'Subscribe and unsubscribe requests per second per shared subscription group',
    value: sharedGroupChangesPerSecond,
    unit: 'subscriptions and unsubscriptions a second',
    per: 'shared group',
    adjustable: false,
    kind: 'rate',
    over: 'SUBACK 0x97 (3.1.1: 0x80)',
    seen: inClientLog,
  },
  sharedGroupQueue: {
    name: 'Queued messages per shared subscription group',
    value: sharedQueueMessagesMax,
    smallValue: 100_000,
    unit: 'messages',
    per: 'shared group',
    adjustable: false,
    kind: 'level',
    over: 'the newest are dropped, nobody is told',
    seen: 'metric Queued.Throttle',
  },
  retainedMessages: {
    ...account,
    name: 'Maximum number of retained messages per account',
    value: retainedMessagesMax,
    smallValue: 100_000,
    unit: 'messages',
    kind: 'level',
    over: 'HTTP 429, PUBACK 0x97',
    seen: 'metric PublishRetained.Throttle',
  },
  retainedPerAccount: {
    ...account,
    name: 'Retained message inbound publish requests per second per account',
    value: 500,
    smallValue: 50,
    unit: 'retained publishes a second',
    kind: 'rate',
    over: 'HTTP 429, PUBACK 0x97',
    seen: 'metric PublishRetained.Throttle',
  },
  retainedPerTopic: {
    name: 'Retained message inbound publish requests per second per topic',
    value: retainedPublishesPerSecondAndTopic,
    unit: 'retained publishes a second',
    per: 'topic',
    adjustable: false,
    kind: 'rate',
    over: 'HTTP 429, PUBACK 0x97',
    seen: 'metric PublishRetained.Throttle',
  },
  queuedPerAccount: {
    ...account,
    name: 'Queued messages per second per account',
    value: 500,
    unit: 'messages stored for who is away, a second',
    kind: 'rate',
    over: 'dropped, nobody is told',
    seen: 'metric Queued.Throttle',
  },
  ruleEvaluations: {
    ...account,
    name: 'Rule evaluations per second per AWS account',
    value: 20_000,
    smallValue: 2000,
    unit: 'evaluations a second',
    kind: 'rate',
    over: 'the rule does not see the message',
    seen: 'metric RuleMessageThrottled',
  },
  deleteConnection: {
    ...account,
    name: 'DeleteConnection requests per second per account',
    value: 100,
    unit: 'requests a second',
    kind: 'rate',
    over: 'HTTP 429',
    seen: 'the answer of the request',
  },
  getConnection: {
    ...account,
    name: 'GetConnection requests per second per account',
    value: 100,
    unit: 'requests a second',
    kind: 'rate',
    over: 'HTTP 429',
    seen: 'the answer of the request',
  },
  connectionApiPerClientId: {
    name: 'DeleteConnection, GetConnection and ListSubscriptions requests per second per client ID',
    value: 1,
    unit: 'requests a second, of each',
    per: 'client ID',
    adjustable: false,
    kind: 'rate',
    over: 'HTTP 429',
    seen: 'the answer of the request',
  },
  listSubscriptions: {
    ...account,
    name: 'ListSubscriptions requests per second per account',
    value: 100,
    unit: 'requests a second',
    kind: 'rate',
    over: 'HTTP 429',
    seen: 'the answer of the request',
  },
  sendDirectMessage: {
    ...account,
    name: 'SendDirectMessage requests per second per account',
    value: 20_000,
    smallValue: 2000,
    unit: 'requests a second',
    kind: 'rate',
    over: 'HTTP 429',
    seen: 'the answer of the request',
  },
  shadowRequests: {
    ...account,
    name: 'Device Shadow API requests per second per account',
    value: 4000,
    smallValue: 400,
    unit: 'requests a second',
    kind: 'rate',
    over: 'HTTP 429',
    seen: 'the answer of the request',
  },
  shadowRequestsPerThing: {
    name: 'Device Shadow API requests per second per thing',
    value: 20,
    unit: 'requests a second',
    per: 'thing',
    adjustable: false,
    kind: 'rate',
    over: 'HTTP 429, or …/rejected with 429',
    seen: 'the answer of the request',
  },
  shadowDocumentBytes: {
    ...bound,
    name: 'Maximum size of a JSON state document',
    value: shadowDocumentBytesMax,
    unit: 'bytes',
    per: 'message',
    over: 'HTTP 413, or …/rejected with 413',
    seen: 'the answer of the request',
  },
  unacknowledged: {
    ...bound,
    name: 'Maximum inbound and outbound unacknowledged QoS 1 publish requests',
    value: inFlightMax,
    unit: 'messages each way',
    per: 'connection',
    over: 'outbound waits; inbound is acknowledged at once',
    seen: inClientLog,
  },
  filtersPerSubscribe: {
    ...bound,
    name: 'Maximum subscriptions per subscribe request',
    value: filtersPerSubscribeMax,
    unit: 'topic filters',
    per: 'packet',
    over: 'the connection ends',
    seen: inClientLog,
  },
  clientIdBytes: {
    ...bound,
    name: 'Client ID size',
    value: clientIdBytesMax,
    unit: 'bytes',
    per: 'packet',
    over: 'CONNACK 0x85',
    seen: inClientLog,
  },
  topicBytes: {
    ...bound,
    name: 'Topic size',
    value: topicBytesMax,
    unit: 'bytes',
    per: 'message',
    over: '0x90 or 0x8F; 3.1.1: the connection ends',
    seen: inClientLog,
  },
  topicSlashes: {
    ...bound,
    name: 'Maximum number of slashes in topic and topic filter',
    value: topicSlashesMax,
    unit: 'slashes',
    per: 'message',
    over: '0x90 or 0x8F; 3.1.1: the connection ends',
    seen: inClientLog,
  },
  payloadBytes: {
    ...bound,
    name: 'Message size',
    value: payloadBytesMax,
    unit: 'bytes',
    per: 'message',
    over: 'the connection ends; HTTP 413',
    seen: inClientLog,
  },
  packetBytes: {
    ...bound,
    name: 'Maximum MQTT 5 packet size',
    value: packetBytesMax,
    unit: 'bytes',
    per: 'packet',
    over: 'the connection ends',
    seen: inClientLog,
  },
  clientPacketBytes: {
    ...bound,
    name: 'Minimum value of the client Maximum Packet Size',
    value: clientPacketBytesMin,
    unit: 'bytes, at least',
    per: 'connection',
    over: 'CONNACK 0x80',
    seen: inClientLog,
  },
  contentTypeBytes: {
    ...bound,
    name: 'Content type size',
    value: contentTypeBytesMax,
    unit: 'bytes',
    per: 'message',
    over: 'the connection ends; HTTP 400',
    seen: inClientLog,
  },
  correlationDataBytes: {
    ...bound,
    name: 'Correlation data size',
    value: correlationDataBytesMax,
    unit: 'bytes',
    per: 'message',
    over: 'the connection ends; HTTP 400',
    seen: inClientLog,
  },
  userPropertiesBytes: {
    ...bound,
    name: 'Total size of user properties',
    value: userPropertiesBytesMax,
    unit: 'bytes',
    per: 'packet',
    over: 'the connection ends; HTTP 400',
    seen: inClientLog,
  },
  topicAliases: {
    ...bound,
    name: 'Maximum number of topic aliases',
    value: topicAliasMax,
    unit: 'aliases',
    per: 'connection',
    over: 'DISCONNECT 0x94',
    seen: inClientLog,
  },
  messageExpiry: {
    ...bound,
    name: 'Maximum message expiry interval',
    value: messageExpirySeconds.max,
    unit: 'seconds',
    per: 'message',
    over: 'cut to it',
    seen: 'nowhere',
  },
  sessionExpiry: {
    ...account,
    name: 'Persistent session expiry period',
    value: sessionExpirySecondsMax,
    unit: 'seconds',
    kind: 'bound',
    over: 'cut to it; CONNACK tells an MQTT 5 client',
    seen: 'nowhere',
  },
  keepAlive: {
    ...bound,
    name: 'Connection inactivity (keep-alive interval)',
    value: keepAliveSeconds.max,
    unit: 'seconds',
    per: 'connection',
    over: 'cut to it; CONNACK tells an MQTT 5 client',
    seen: 'nowhere',
  },
  retry: {
    ...bound,
    name: 'Maximum retry interval for delivering QoS 1 messages',
    value: retrySeconds[5],
    unit: 'seconds (3.1.1: an hour)',
    per: 'message',
    over: 'dropped, nobody is told',
    seen: inClientLog,
  },
  webSocketLife: {
    ...bound,
    name: 'WebSocket connection duration',
    value: webSocketLifeSeconds,
    unit: 'seconds',
    per: 'connection',
    over: 'the connection ends',
    seen: 'lifecycle event with WEBSOCKET_TTL_EXPIRATION',
  },
  actionsPerRule: {
    ...bound,
    name: 'Maximum number of actions per rule',
    value: 10,
    unit: 'actions',
    per: 'rule',
    over: 'refused at start',
    seen: 'the deployment fails',
  },
} as const satisfies Record<string, Quota>

export type QuotaId = keyof typeof quotaCatalogue

/** Quotas that bound a rate of the whole account. */
export type AccountRateId = {
  [Id in QuotaId]: (typeof quotaCatalogue)[Id] extends { readonly kind: 'rate'; readonly per: 'account' }
    ? Id
    : never
}[QuotaId]

/** Quotas that bound a rate of each topic, client ID or thing. */
export type KeyedRateId = {
  [Id in QuotaId]: (typeof quotaCatalogue)[Id] extends {
    readonly kind: 'rate'
    readonly per: 'topic' | 'client ID' | 'thing'
  }
    ? Id
    : never
}[QuotaId]

/** Quotas that `IotCoreOptions.quotaLimits` may change: those that AWS raises on request. */
export type AdjustableQuotaId = {
  [Id in QuotaId]: (typeof quotaCatalogue)[Id] extends { readonly adjustable: true } ? Id : never
}[QuotaId]

export const quotaIds = Object.keys(quotaCatalogue) as QuotaId[]

/**
 * The Regions with smaller quotas for the message broker: Stockholm, Bahrain, UAE, Paris, Hong Kong, both GovCloud, N. California,
 * Canada (Central), Ningxia, Malaysia, Spain. docs/aws-iot-core.md §3.
 */
export const smallRegions: ReadonlySet<string> = new Set([
  'eu-north-1',
  'me-south-1',
  'me-central-1',
  'eu-west-3',
  'ap-east-1',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
  'ca-central-1',
  'cn-northwest-1',
  'ap-southeast-5',
  'eu-south-2',
])

/**
 * The value of every quota in a Region, with those that AWS has raised for the account.
 *
 * @throws RangeError for a limit that AWS does not change, or that is no positive number
 */
export function quotaLimits(
  region: string,
  raised: Readonly<Partial<Record<AdjustableQuotaId, number>>> = {},
): Record<QuotaId, number> {
  const small = smallRegions.has(region)
  const limits = Object.fromEntries(
    quotaIds.map((id) => {
      const { value, smallValue = value }: Quota = quotaCatalogue[id]
      return [id, small ? smallValue : value]
    }),
  ) as Record<QuotaId, number>
  for (const [id, value] of Object.entries(raised)) {
    const quota: Quota | undefined = quotaCatalogue[id as QuotaId]
    if (!quota?.adjustable)
      throw new RangeError(
        `quotaLimits.${id}: expected a quota that AWS adjusts: ${quotaIds.filter((each) => quotaCatalogue[each].adjustable).join(', ')}`,
      )
    if (!(value > 0)) throw new RangeError(`quotaLimits.${id}: expected a number above 0, got ${value}`)
    limits[id as QuotaId] = value
  }
  return limits
}

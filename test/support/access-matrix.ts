/**
 * Who may do what, tried out: every principal on every topic of some contracts, on the local broker with the real
 * authorizer, and by HTTP. What the rules say is compared with what happened.
 *
 * @module
 */
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { generateKeyPairSync } from 'node:crypto'
import { authorise, refusal } from '../../functions/live/authorizer.ts'
import { makeToken } from '../../functions/platform/session-token/token.ts'
import { signToken } from '../../functions/platform/session-token/token-signature.ts'
import { localAccount } from '../../local/aws.ts'
import { startIotCore } from '../../local/iot/index.ts'
import {
  type Claims,
  clientIdsOf,
  findContract,
  mayHear,
  mayPublish,
  type PolicyDocument,
  type TopicContract,
  topicOf,
} from '../../topics/contract/index.ts'
import { parsePattern } from '../../topics/contract/pattern.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const publicKeys = [publicKey]
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** What a principal connects with. */
export interface Ticket {
  readonly claims: Claims
  readonly token: string
  /** Base64. */
  readonly signature: string
}

export async function ticketOf(claims: Claims): Promise<Ticket> {
  const issuedAt = Math.floor(Date.now() / 1000)
  const token = makeToken({ claims, issuedAt, expiresAt: issuedAt + 3600 })
  return { claims, token, signature: await signToken(token, privateKey) }
}

/** A broker whose authorizer is the project's, over these contracts. */
export interface Realm extends AsyncDisposable {
  connect(ticket: Ticket, options?: IClientOptions): Promise<MqttClient>
  /** Publishes as a function does. */
  publish(topic: string, payload: string): void
}

/** `change` alters what the authorizer answers: how a test sees that it would notice. */
export async function openRealm(
  contracts: readonly TopicContract[],
  change: (documents: readonly PolicyDocument[]) => readonly PolicyDocument[] = (documents) => documents,
): Promise<Realm> {
  const arnPrefix = `arn:aws:iot:${localAccount.region}:${localAccount.accountId}`
  const core = await startIotCore({
    quotas: 'off',
    authorizers: [
      {
        name: 'proof',
        tokenKeyName: 'token',
        signingDisabled: false,
        publicKeys: { current: publicKeyPem },
        invoke: async (event) => {
          const answer = await authorise(event as Parameters<typeof authorise>[0], Date.now(), {
            contracts,
            arnPrefix,
            isRevoked: () => Promise.resolve(false),
          })
          if ('refused' in answer) return refusal
          return { ...answer, policyDocuments: change(answer.policyDocuments) }
        },
      },
    ],
  })
  const open: MqttClient[] = []
  return {
    async connect({ claims, token, signature }, options = {}) {
      const query = new URLSearchParams({
        'x-amz-customauthorizer-name': 'proof',
        token,
        'x-amz-customauthorizer-signature': signature,
      })
      const client = await connectAsync(`${core.url}?${query.toString()}`, {
        protocolVersion: 5,
        reconnectPeriod: 0,
        connectTimeout: 5000,
        clientId: clientIdsOf(claims.principal)[0],
        ...options,
      })
      // What the broker says when it ends a connection is seen by the end itself.
      client.on('error', () => {})
      open.push(client)
      return client
    },
    publish: (topic, payload) => core.publish(topic, Buffer.from(payload)),
    async [Symbol.asyncDispose]() {
      for (const client of open) await client.endAsync(true)
      await core.close()
    },
  }
}

/** Every topic of the contracts whose parameters are among `values`. */
export function topicsOf(contracts: readonly TopicContract[], values: readonly string[]): string[] {
  const topics = contracts.flatMap((contract) => {
    let fillings: Record<string, string>[] = [{}]
    for (const { parameter } of parsePattern(contract.topic)) {
      if (parameter === undefined) continue
      fillings = fillings.flatMap((filling) => values.map((value) => ({ ...filling, [parameter]: value })))
    }
    return fillings.map((filling) => topicOf(contract, filling))
  })
  return [...new Set(topics)]
}

/** What the rules say, without any policy. */
export const hears = (contracts: readonly TopicContract[], claims: Claims, topic: string): boolean => {
  const found = findContract(contracts, topic)
  return found !== undefined && mayHear(found.contract, claims, found.parameters)
}

export const publishes = (contracts: readonly TopicContract[], claims: Claims, topic: string): boolean => {
  const found = findContract(contracts, topic)
  return found !== undefined && mayPublish(found.contract, claims, found.parameters)
}

/** Filters that stand for many topics, or for AWS's own: nobody may have any of them. */
export function forbiddenFilters(contracts: readonly TopicContract[], topics: readonly string[]): string[] {
  const patterns = contracts.map(({ topic }) => topic)
  return [
    '#',
    '+',
    '+/+',
    '+/+/+',
    'replies/+',
    'replies/#',
    '$aws/#',
    '$aws/events/presence/connected/+',
    '$aws/events/subscriptions/subscribed/ann-0',
    ...patterns
      .map((pattern) => pattern.replaceAll(/\{\w+\}/g, '+'))
      .filter((filter) => filter.includes('+')),
    ...patterns.map((pattern) => `${pattern.split('/')[0]?.replaceAll(/\{\w+\}/g, 'ann')}/#`),
    ...topics.flatMap((topic) => [`${topic}/#`, topic.replace(/[^/]+$/, '+'), `$share/group/${topic}`]),
  ]
}

/** Whether the subscription is granted. */
export async function isGranted(client: MqttClient, filter: string): Promise<boolean> {
  try {
    const grants = await client.subscribeAsync(filter)
    return grants.every(({ qos }) => qos < 128)
  } catch {
    // mqtt.js rejects when the SUBACK holds a failure.
    return false
  }
}

/** Whether a publish at QoS 1 is taken. */
export async function isTaken(
  client: MqttClient,
  topic: string,
  payload: string,
  retain = false,
): Promise<boolean> {
  try {
    await client.publishAsync(topic, payload, { qos: 1, retain })
    return true
  } catch {
    // mqtt.js rejects when the PUBACK holds a failure.
    return false
  }
}

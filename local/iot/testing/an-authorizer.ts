import { generateKeyPairSync, sign } from 'node:crypto'
import type { AuthorizerOptions } from '../auth/authorizer.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The PEM of the key that `signature` signs with. */
export const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** Base64 of the token's signature. */
export function signature(token: string): string {
  return sign('sha256', Buffer.from(token), privateKey).toString('base64')
}

/** The query that a client gives with its token. */
export function tokenQuery(token: string): string {
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': 'visitors',
    'x-amz-customauthorizer-signature': signature(token),
    token,
  })
  return query.toString()
}

const arn = 'arn:aws:iot:eu-west-1:000000000000:'

/** One statement, resources given as `topic/a/*`. */
export function statement(
  effect: 'Allow' | 'Deny',
  actions: string | string[],
  ...resources: string[]
): object {
  return { Effect: effect, Action: actions, Resource: resources.map((resource) => arn + resource) }
}

/** An answer that lets `visitor1` connect under its client ID, hear `public/` and publish to `drop/`. */
export function anAnswer(changes: object = {}, statements: readonly object[] = visitorStatements): object {
  return {
    isAuthenticated: true,
    principalId: 'visitor1',
    disconnectAfterInSeconds: 3600,
    refreshAfterInSeconds: 600,
    policyDocuments: [{ Version: '2012-10-17', Statement: statements }],
    ...changes,
  }
}

export const visitorStatements = [
  statement('Allow', 'iot:Connect', 'client/visitor1-0', 'client/visitor1-1'),
  statement('Allow', 'iot:Subscribe', 'topicfilter/public/*'),
  statement('Allow', 'iot:Receive', 'topic/public/*'),
  statement('Deny', 'iot:Receive', 'topic/public/secret/*'),
  statement('Allow', ['iot:Publish', 'iot:RetainPublish'], 'topic/drop/*'),
]

/** An authorizer that answers with what `invoke` does, and remembers the events it was shown. */
export function anAuthorizer(
  invoke: (event: unknown) => unknown = () => anAnswer(),
  changes: Partial<AuthorizerOptions> = {},
): AuthorizerOptions & { readonly events: unknown[] } {
  const events: unknown[] = []
  return {
    name: 'visitors',
    tokenKeyName: 'token',
    signingDisabled: false,
    publicKeys: { current: publicKeyPem },
    invoke: async (event) => {
      events.push(event)
      return invoke(event)
    },
    events,
    ...changes,
  }
}

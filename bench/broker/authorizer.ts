/** An authorizer as a page's visitors meet it: a signed token, and a policy that names the client. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AuthorizerOptions } from '../../local/iot/index.ts'

const token = createHash('sha256').update('a visitor').digest('hex').repeat(4)

/** The path that a client with a token connects to; `keyFile` holds the key that the server checks it with. */
export function signedPath(keyFile: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(keyFile, publicKey.export({ type: 'spki', format: 'pem' }))
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': 'visitors',
    'x-amz-customauthorizer-signature': sign('sha256', Buffer.from(token), privateKey).toString('base64'),
    token,
  })
  return `/mqtt?${query.toString()}`
}

/** The server's side, with the key of FANFARE_BENCH_KEY. Throws when there is none. */
export function benchAuthorizer(): AuthorizerOptions {
  const keyFile = process.env['FANFARE_BENCH_KEY'] ?? ''
  if (!existsSync(keyFile))
    throw new Error(`FANFARE_BENCH_KEY is ${JSON.stringify(keyFile)}, not a key's file`)
  return {
    name: 'visitors',
    tokenKeyName: 'token',
    signingDisabled: false,
    publicKeys: { current: readFileSync(keyFile, 'utf8') },
    // As JSON, since an answer comes from another thread or machine: nothing of it is shared.
    invoke: async (event) =>
      JSON.parse(JSON.stringify(answerFor((event as AuthorizerEvent).protocolData.mqtt.clientId))) as unknown,
  }
}

interface AuthorizerEvent {
  readonly protocolData: { readonly mqtt: { readonly clientId: string } }
}

function answerFor(clientId: string): object {
  const arn = (resource: string): string => `arn:aws:iot:eu-west-1:000000000000:${resource}`
  const statement = (action: string, ...resources: string[]): object => ({
    Effect: 'Allow',
    Action: action,
    Resource: resources.map(arn),
  })
  return {
    isAuthenticated: true,
    principalId: clientId.replaceAll(/[^A-Za-z0-9]/g, ''),
    disconnectAfterInSeconds: 3600,
    refreshAfterInSeconds: 86_400,
    policyDocuments: [
      {
        Version: '2012-10-17',
        Statement: [
          statement('iot:Connect', `client/${clientId}`),
          statement('iot:Subscribe', 'topicfilter/ticker/*', 'topicfilter/campaigns/*/total'),
          statement('iot:Receive', 'topic/ticker/*', 'topic/campaigns/*/total'),
          statement('iot:Publish', 'topic/ticker/*', `topic/agents/${clientId}/in`),
        ],
      },
    ],
  }
}

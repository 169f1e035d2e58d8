/**
 * An SDK client whose requests go straight into a service: what `local/` does in a Lambda's worker.
 *
 * @module
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'

import { type AwsService, localAccount } from '../../aws.ts'

type Handler = NonNullable<DynamoDBClientConfig['requestHandler']>

/** A client of this service, in process. */
export function clientOf(service: AwsService): DynamoDBClient {
  return new DynamoDBClient({
    ...clientOptions,
    endpoint: 'http://localhost',
    requestHandler: handlerOf(service),
  })
}

/** Options of a client that talks to anything but AWS. */
export const clientOptions = {
  region: localAccount.region,
  credentials: {
    accessKeyId: localAccount.accessKeyId,
    secretAccessKey: localAccount.secretAccessKey,
  },
  maxAttempts: 1,
} as const

function handlerOf(service: AwsService): Handler {
  return {
    async handle(request: {
      method: string
      path: string
      headers: Record<string, string>
      body?: string | Uint8Array
    }) {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      )
      const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body
      const { method, path } = request
      return { response: await service({ method, path, query: {}, headers, body: body ?? new Uint8Array() }) }
    },
  }
}

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, test } from 'vitest'

import type { AwsService } from '../aws.ts'
import { createDynamoDb, type LocalDynamoDb } from './index.ts'
import { clientOf, clientOptions } from './suite/in-process.ts'
import { makeTables, suite, type SuiteContext } from './suite/index.ts'

let keys = 0

async function contextOf(client: DynamoDBClient): Promise<SuiteContext> {
  return {
    client,
    tables: await makeTables(client, 'suite'),
    key: () => `key-${(keys += 1)}`,
    messageFrom: (message) => message,
  }
}

describe('the suite, in process', () => {
  let db: LocalDynamoDb
  let context: SuiteContext
  beforeAll(async () => {
    db = createDynamoDb()
    context = await contextOf(clientOf(db.service))
  })
  afterAll(() => db.close())
  test.each(suite)('$name', ({ run }) => run(context))
})

describe('the suite, over HTTP', () => {
  let db: LocalDynamoDb
  let server: Server
  let context: SuiteContext
  beforeAll(async () => {
    db = createDynamoDb()
    server = serve(db.service)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    context = await contextOf(new DynamoDBClient({ ...clientOptions, endpoint: `http://127.0.0.1:${port}` }))
  })
  afterAll(async () => {
    context.client.destroy()
    await new Promise((resolve) => server.close(resolve))
    db.close()
  })
  test.each(suite)('$name', ({ run }) => run(context))
})

function serve(service: AwsService): Server {
  return createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = 'POST', url: path = '/' } = incoming
      const headers = incoming.headers as Record<string, string>
      void Promise.resolve(service({ method, path, query: {}, headers, body: Buffer.concat(chunks) })).then(
        ({ statusCode, headers, body }) => outgoing.writeHead(statusCode, headers).end(body),
      )
    })
  })
}

/** GET /campaigns/{campaignId}. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readHeads } from '../platform/dynamodb-live-table.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer } from '../platform/http.ts'
import { getCampaign } from './get.ts'

const { LIVE_TABLE } = readEnvironment(['LIVE_TABLE'])

// Outlives a request: the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })
const readHead = async (topic: string) => (await readHeads(client, LIVE_TABLE, [topic])).get(topic)

export const handler = httpHandler(async (event) =>
  jsonAnswer(200, await getCampaign(event.pathParameters?.['campaignId'], readHead)),
)

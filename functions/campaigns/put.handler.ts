/** PUT /campaigns/{campaignId}. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readBearer, readJsonBody } from '../platform/http.ts'
import { systemTime } from '../platform/time.ts'
import { dynamoDbCampaigns } from './dynamodb-campaigns.ts'
import { putCampaign } from './put.ts'

const environment = readEnvironment(['DONATIONS_TABLE', 'LIVE_TABLE', 'SERVICE_TOKENS'])

/** A campaign's body is a name and two figures. */
const bodyBytesMax = 4096

// Outlives a request: the client's connections.
const ports = {
  store: dynamoDbCampaigns(createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 }), {
    donations: environment.DONATIONS_TABLE,
    live: environment.LIVE_TABLE,
  }),
  time: systemTime,
  random: Math.random,
}

export const handler = httpHandler(async (event) => {
  const request = {
    campaignId: event.pathParameters?.['campaignId'],
    bearer: readBearer(event),
    readBody: () => readJsonBody(event, bodyBytesMax),
  }
  const { created, campaign } = await putCampaign(request, ports, environment.SERVICE_TOKENS)
  return jsonAnswer(created ? 201 : 200, campaign)
})

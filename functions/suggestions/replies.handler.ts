/** GET /replies, PUT and DELETE /replies/{replyId}, staff only. */
import { createDynamoDb } from '../platform/dynamodb.ts'
import { readEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/handler.ts'
import { jsonAnswer, readJsonBody } from '../platform/http.ts'
import { admitRole } from '../platform/principal.ts'
import { dynamoDbKnowledge } from './dynamodb-replies.ts'
import { deleteReply, listReplies, putReply } from './replies.ts'

const environment = readEnvironment(['DESK_TABLE', 'SERVICE_TOKENS'])

/** A title, a text, and words, each escaped at most. */
const bodyBytesMax = 16_384

// Outlives a request: the client's connections.
const client = createDynamoDb({ requestTimeoutMs: 2_000, attempts: 3 })

export const handler = httpHandler(async (event) => {
  await admitRole(event, 'staff', environment.SERVICE_TOKENS)
  const { DESK_TABLE } = environment
  const replyId = event.pathParameters?.['replyId']
  switch (event.requestContext.http.method) {
    case 'PUT': {
      const { created, reply } = await putReply(
        replyId,
        readJsonBody(event, bodyBytesMax),
        client,
        DESK_TABLE,
      )
      return jsonAnswer(created ? 201 : 200, reply)
    }
    case 'DELETE':
      await deleteReply(replyId, client, DESK_TABLE)
      return jsonAnswer(200, { replyId })
    default:
      return jsonAnswer(200, { replies: await listReplies(dynamoDbKnowledge(client, DESK_TABLE)) })
  }
})

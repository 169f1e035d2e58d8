/** Sends the outbox of the table whose stream calls it; one function a table. */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import type { Item } from '../dynamodb.ts'
import { readEnvironment } from '../environment.ts'
import { eventHandler } from '../handler.ts'
import { log } from '../log.ts'
import { readOutboxItem } from './outbox.ts'
import { snsPublisher } from './publisher.ts'
import { relay, type RelayRecord } from './relay.ts'
import { sqsSender } from './sqs-sender.ts'

const environment = readEnvironment(['DOMAIN_EVENTS_TOPIC'])

// Outlive a request: the clients' connections.
const ports = { publish: snsPublisher(environment.DOMAIN_EVENTS_TOPIC), send: sqsSender(Date.now), log }

export const handler = eventHandler(async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const records: RelayRecord[] = []
  for (const { dynamodb } of event.Records) {
    // An attribute value of a stream's event is one of the SDK, but for its bytes.
    const outgoing = readOutboxItem((dynamodb?.NewImage ?? {}) as Item)
    if (outgoing) records.push({ recordId: dynamodb?.SequenceNumber ?? '', outgoing })
  }
  const failed = await relay(records, ports)
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) }
})

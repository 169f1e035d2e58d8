/**
 * Sends the outbox of the table whose stream calls it; one function a table:
 *
 * ```yaml
 * deskRelay:
 *   handler: functions/platform/bus/relay.handler.handler
 *   description: sends what the desk's table has in its outbox
 *   timeout: 30
 *   environment:
 *     DOMAIN_EVENTS_TOPIC: !Ref DomainEventsTopic
 *     RELAY_FAILURES_QUEUE_URL: !Ref RelayFailuresQueue
 *   permissions:
 *     - Action: [sns:Publish]
 *       Resource: !Ref DomainEventsTopic
 *     - Action: [sqs:SendMessage] # and the queues that its requests name
 *       Resource: !GetAtt RelayFailuresQueue.Arn
 *   events:
 *     - stream:
 *         type: dynamodb
 *         arn: !GetAtt DeskTable.StreamArn
 *         startingPosition: TRIM_HORIZON
 *         batchSize: 100
 *         parallelizationFactor: 2
 *         maximumRetryAttempts: 10000
 *         maximumRecordAgeInSeconds: 21600
 *         bisectBatchOnFunctionError: true
 *         functionResponseType: ReportBatchItemFailures
 *         filterPatterns:
 *           - eventName: [INSERT]
 *             dynamodb: { NewImage: { event: { S: [{ exists: true }] } } }
 *         destinations:
 *           onFailure: { arn: !GetAtt RelayFailuresQueue.Arn, type: sqs }
 * ```
 *
 * @module
 */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda'
import type { Item } from '../dynamodb.ts'
import { readEnvironment } from '../environment.ts'
import { eventHandler } from '../handler.ts'
import { log } from '../log.ts'
import { readOutboxItem } from './outbox.ts'
import { snsPublisher } from './publisher.ts'
import { relay, type RelayPorts, type RelayRecord } from './relay.ts'
import { sqsSender } from './sqs-sender.ts'

const environment = readEnvironment(['DOMAIN_EVENTS_TOPIC', 'RELAY_FAILURES_QUEUE_URL'])

// Outlive a request: the clients' connections.
const send = sqsSender(Date.now)
const ports: RelayPorts = {
  publish: snsPublisher(environment.DOMAIN_EVENTS_TOPIC),
  send,
  setAside: (failure) =>
    send({ queueUrl: environment.RELAY_FAILURES_QUEUE_URL, body: JSON.stringify(failure) }),
  log,
}

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

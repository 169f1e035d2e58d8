import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { outboxItem } from '../platform/bus/outbox.ts'
import { isPassingCancellation, type Item, stringOf } from '../platform/dynamodb.ts'
import { writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { readHeads, topicWriteItems } from '../platform/dynamodb-live-table.ts'
import type { ContactPorts } from './accept.ts'
import type { Contact } from './contact.ts'
import type { FeedPorts } from './feed.ts'
import type { ContactRecord, ContactRecords, Mark } from './record.ts'
import type { LetterLeases } from './welcome.ts'

/** How long a contact's record is kept, seconds: a year. It is the duplicate check, and it is about a person. */
const contactKeptSeconds = 365 * 86_400

const keyOf = (contactId: string): Item => ({ pk: { S: `contact#${contactId}` } })

function itemOf(contact: Contact, now: number): Item {
  const { contactId, name, email, about, message, hash, acceptedAt } = contact
  return {
    ...keyOf(contactId),
    name: { S: name },
    email: { S: email },
    message: { S: message },
    hash: { S: hash },
    acceptedAt: { S: acceptedAt },
    recordedAt: { S: new Date(now).toISOString() },
    expiresAt: { N: String(Math.floor(now / 1000) + contactKeptSeconds) },
    ...(about === undefined ? {} : { about: { S: about } }),
  }
}

const unlessThere = 'attribute_not_exists(pk)'

/** Records a contact with its event; docs/parts.md has the table's layout. `now` in ms since 1970. */
export function dynamoDbContactAccept(
  client: DynamoDBClient,
  table: string,
  now: () => number,
): ContactPorts['record'] {
  return async (contact, event) => {
    const items: TransactWriteItem[] = [
      {
        Put: {
          TableName: table,
          Item: itemOf(contact, now()),
          ConditionExpression: unlessThere,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      outboxItem(event, table, now()),
    ]
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems: items }))
      return 'recorded'
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      const [reason] = error.CancellationReasons ?? []
      if (reason?.Code === 'ConditionalCheckFailed' && reason.Item) {
        return stringOf(reason.Item, 'hash') === contact.hash ? 'known' : 'other'
      }
      const codes = (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code)
      if (codes.every((code) => code === 'None' || isPassingCancellation(code))) return 'conflict'
      throw error
    }
  }
}

/** The records of contacts, for whoever is told of one. */
export function dynamoDbContactRecords(
  client: DynamoDBClient,
  table: string,
  now: () => number,
): ContactRecords {
  return {
    async read(contactId) {
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: keyOf(contactId),
          ConsistentRead: true,
          ProjectionExpression: 'pk, #hash, crmAt, mailedAt, shownAt',
          ExpressionAttributeNames: { '#hash': 'hash' },
        }),
      )
      return item && readRecord(item)
    },
    async make(contact) {
      await unlessDone(() =>
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: itemOf(contact, now()),
            ConditionExpression: unlessThere,
          }),
        ),
      )
    },
    async mark(contactId, mark, at) {
      await unlessDone(() => client.send(new UpdateItemCommand(markUpdate(table, contactId, mark, at))))
    },
  }
}

/** Notes something that was done; fails when it is noted, or the contact is not recorded: an update alone would make one. */
function markUpdate(table: string, contactId: string, mark: Mark, at: string) {
  return {
    TableName: table,
    Key: keyOf(contactId),
    UpdateExpression: 'SET #mark = :at',
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#mark)',
    ExpressionAttributeNames: { '#mark': mark },
    ExpressionAttributeValues: { ':at': { S: at } },
  }
}

/** The feed of contacts, whose entry and mark are one transaction over both tables. */
export function dynamoDbContactFeed(
  client: DynamoDBClient,
  tables: { readonly contacts: string; readonly live: string },
): Pick<FeedPorts, 'readHead' | 'show'> {
  return {
    readHead: async (topic) => (await readHeads(client, tables.live, [topic])).get(topic),
    show: async (write, contactId, at) =>
      writeIfUnmoved(client, [
        ...topicWriteItems(tables.live, [write]),
        { Update: markUpdate(tables.contacts, contactId, 'shownAt', at) },
      ]),
  }
}

/** Who sends a contact's letter: attribute `mailingUntil` N, ms since 1970. */
export function dynamoDbLetterLeases(client: DynamoDBClient, table: string): LetterLeases {
  const unmailed = 'attribute_exists(pk) AND attribute_not_exists(mailedAt)'
  return {
    async take(contactId, now, until) {
      return unlessDone(() =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(contactId),
            UpdateExpression: 'SET mailingUntil = :until',
            ConditionExpression: `${unmailed} AND (attribute_not_exists(mailingUntil) OR mailingUntil < :now)`,
            ExpressionAttributeValues: { ':until': { N: String(until) }, ':now': { N: String(now) } },
          }),
        ),
      )
    },
    async release(contactId) {
      await unlessDone(() =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(contactId),
            UpdateExpression: 'REMOVE mailingUntil',
            ConditionExpression: unmailed,
          }),
        ),
      )
    },
  }
}

function readRecord(item: Item): ContactRecord {
  const { crmAt, mailedAt, shownAt } = item
  return {
    hash: stringOf(item, 'hash'),
    ...(crmAt?.S === undefined ? {} : { crmAt: crmAt.S }),
    ...(mailedAt?.S === undefined ? {} : { mailedAt: mailedAt.S }),
    ...(shownAt?.S === undefined ? {} : { shownAt: shownAt.S }),
  }
}

/** Writes on a condition; false when it does not hold. */
async function unlessDone(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    // Somebody else did, which is what the condition is for.
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

/**
 * The knowledge base, kept by staff: GET /replies, PUT and DELETE /replies/{replyId}. Each change counts up the version
 * that searching instances look at.
 *
 * @module
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import * as v from 'valibot'
import { type Item, numberOf } from '../platform/dynamodb.ts'
import { getItems, writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import { cleanLine, cleanText, textField } from '../platform/text-fields.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { countsKey, replyItem, replyKey, versionKey } from './dynamodb-replies.ts'
import type { KnowledgeStore } from './knowledge-base.ts'
import { readWord } from './path-word.ts'
import type { ReplyCounts, SavedReply } from './suggester.ts'

/** Saved replies at most: each instance that searches holds them all. */
const savedRepliesMax = 1000

const titleProblem = 'must be a text of 1 to 80 characters'
const textProblem = 'must be a text of 1 to 600 characters'
const keywordsProblem = 'must be a list of up to 20 words of 1 to 40 characters'
// Lengths of topics/schemas/saved-reply.ts: what agents are shown.
const replySchema = v.object({
  title: v.pipe(textField(titleProblem, 80, cleanLine), v.minLength(1, titleProblem)),
  text: v.pipe(textField(textProblem, 600, cleanText), v.minLength(1, textProblem)),
  keywords: v.optional(
    v.pipe(
      v.array(
        v.pipe(textField(keywordsProblem, 40, cleanLine), v.minLength(1, keywordsProblem)),
        keywordsProblem,
      ),
      v.maxLength(20, keywordsProblem),
    ),
    [],
  ),
})

/** A saved reply as staff see it. */
export type ReplyView = SavedReply & ReplyCounts

/** All saved replies, by title. */
export async function listReplies({ replies, counts }: KnowledgeStore): Promise<readonly ReplyView[]> {
  const [all, countsNow] = await Promise.all([replies(), counts()])
  return all
    .map((reply) => Object.assign({ taken: 0, dismissed: 0 }, countsNow.get(reply.replyId), reply))
    .toSorted((a, b) => a.title.localeCompare(b.title) || (a.replyId < b.replyId ? -1 : 1))
}

/** Makes or changes a saved reply; its counts stay. Throws ProblemError 400, 409 for one too many, or 503. */
export async function putReply(
  replyId: string | undefined,
  body: unknown,
  client: DynamoDBClient,
  table: string,
): Promise<{ readonly created: boolean; readonly reply: SavedReply }> {
  const id = readWord(replyId, 'replyId')
  const result = v.safeParse(replySchema, body)
  if (!result.success) {
    throw unfitBody(result.issues, {
      code: 'reply-unfit',
      title: 'This is no saved reply',
      remedy: 'correct the fields named in errors: { title, text, keywords? }',
    })
  }
  const reply = { replyId: id, ...result.output }
  const created = await change(id, client, table, (isThere, size) => {
    if (!isThere && size >= savedRepliesMax) throw tooMany(size)
    const put = condition(isThere, { TableName: table, Item: replyItem(reply) })
    const counts = { ...countsKey(id), taken: { N: '0' }, dismissed: { N: '0' } }
    return isThere ? [{ Put: put }] : [{ Put: put }, { Put: { TableName: table, Item: counts } }]
  })
  return { created: !created, reply }
}

/** Takes a saved reply out, with its counts. Throws ProblemError 400, 404 or 503. */
export async function deleteReply(
  replyId: string | undefined,
  client: DynamoDBClient,
  table: string,
): Promise<void> {
  const id = readWord(replyId, 'replyId')
  await change(id, client, table, (isThere) => {
    if (!isThere) throw unknownReply(id)
    return [
      { Delete: condition(true, { TableName: table, Key: replyKey(id) }) },
      { Delete: { TableName: table, Key: countsKey(id) } },
    ]
  })
}

/** Writes a reply and the version, as they were read. Answers whether the reply was there. */
async function change(
  replyId: string,
  client: DynamoDBClient,
  table: string,
  writesOf: (isThere: boolean, size: number) => readonly TransactWriteItem[],
): Promise<boolean> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    const items = await getItems(client, table, [replyKey(replyId), versionKey])
    const isThere = items.some((item) => item['sk']?.S === `reply#${replyId}`)
    const version = items.find((item) => item['sk']?.S === 'version')
    const size = version ? numberOf(version, 'size') : 0
    const writes = writesOf(isThere, size)
    const by = writes.some(({ Delete }) => Delete) ? -1 : isThere ? 0 : 1
    if ((await writeIfUnmoved(client, [...writes, nextVersion(table, version, by)])) === 'written')
      return isThere
  }
  throw new ProblemError({
    status: 503,
    code: 'replies-busy',
    title: 'The saved replies are being changed',
    detail: 'others change saved replies as well',
    remedy: 'try again in a moment',
    headers: { 'retry-after': '1' },
  })
}

const condition = <Write extends object>(isThere: boolean, write: Write) => ({
  ...write,
  ConditionExpression: isThere ? 'attribute_exists(pk)' : 'attribute_not_exists(pk)',
})

/** Counts up the texts' version, on the condition that it is as read: with it the number of replies is exact. */
function nextVersion(table: string, version: Item | undefined, by: number): TransactWriteItem {
  if (!version) {
    const Item = { ...versionKey, texts: { N: '1' }, counts: { N: '0' }, size: { N: '1' } }
    return { Put: condition(false, { TableName: table, Item }) }
  }
  return {
    Update: {
      TableName: table,
      Key: versionKey,
      UpdateExpression: 'ADD texts :one, #size :by',
      ConditionExpression: 'texts = :texts',
      ExpressionAttributeNames: { '#size': 'size' },
      ExpressionAttributeValues: {
        ':one': { N: '1' },
        ':by': { N: String(by) },
        ':texts': { N: String(numberOf(version, 'texts')) },
      },
    },
  }
}

function tooMany(size: number): ProblemError {
  return new ProblemError({
    status: 409,
    code: 'replies-full',
    title: 'There are too many saved replies',
    detail: `there are ${size} saved replies; ${savedRepliesMax} are the most`,
    remedy: 'take out one that nobody uses',
  })
}

function unknownReply(replyId: string): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'reply-unknown',
    title: 'No such saved reply',
    detail: `there is no saved reply ${quoteValue(replyId)}`,
    remedy: 'GET /replies lists them',
  })
}

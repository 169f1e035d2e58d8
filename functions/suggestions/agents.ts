/**
 * PUT /agents/{agentId}: staff say which admin of the help desk an agent is. Conversations that are assigned to that
 * admin from then on are the agent's.
 *
 * @module
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import * as v from 'valibot'
import { type Item, stringOf } from '../platform/dynamodb.ts'
import { getItems, writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import { cleanLine, textField } from '../platform/text-fields.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { adminKey, agentKey } from './desk-items.ts'
import { readWord } from './path-word.ts'

const nameProblem = 'must be a text of 1 to 100 characters'
const agentSchema = v.object({
  name: v.pipe(textField(nameProblem, 100, cleanLine), v.minLength(1, nameProblem)),
  intercomAdminId: v.pipe(
    v.union([v.string(), v.pipe(v.number(), v.safeInteger())], "must be the ID of Intercom's admin"),
    v.transform(String),
    v.regex(/^\d{1,20}$/, "must be the ID of Intercom's admin, digits"),
  ),
})

export interface Agent extends v.InferOutput<typeof agentSchema> {
  readonly agentId: string
}

/** Makes or changes an agent. Throws ProblemError 400, 409 when another agent is that admin, or 503. */
export async function putAgent(
  agentId: string | undefined,
  body: unknown,
  client: DynamoDBClient,
  table: string,
): Promise<{ readonly created: boolean; readonly agent: Agent }> {
  const id = readWord(agentId, 'agentId')
  const result = v.safeParse(agentSchema, body)
  if (!result.success) {
    throw unfitBody(result.issues, {
      code: 'agent-unfit',
      title: 'This is no agent',
      remedy: 'correct the fields named in errors: { name, intercomAdminId }',
    })
  }
  const agent = { agentId: id, ...result.output }
  for (let attempt = 1; attempt <= 5; attempt++) {
    const items = await getItems(client, table, [agentKey(id), adminKey(agent.intercomAdminId)])
    const of = (sk: string): Item | undefined => items.find((item) => item['sk']?.S === sk)
    const [before, admin] = [of('agent'), of('admin')]
    if (admin && stringOf(admin, 'agentId') !== id) throw taken(agent.intercomAdminId)
    if ((await writeIfUnmoved(client, agentWrites(table, agent, before))) === 'written')
      return { created: before === undefined, agent }
  }
  throw new ProblemError({
    status: 503,
    code: 'agent-busy',
    title: 'The agent is being changed',
    detail: `others change ${quoteValue(id)} as well`,
    remedy: 'try again in a moment',
    headers: { 'retry-after': '1' },
  })
}

/** The agent, and the admin that leads to them, on the condition that both are as read. */
function agentWrites(table: string, agent: Agent, before: Item | undefined): TransactWriteItem[] {
  const { agentId, name, intercomAdminId } = agent
  const formerAdminId = before && stringOf(before, 'intercomAdminId')
  const writes: TransactWriteItem[] = [
    {
      Put: {
        TableName: table,
        Item: { ...agentKey(agentId), name: { S: name }, intercomAdminId: { S: intercomAdminId } },
        ...(formerAdminId === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'intercomAdminId = :former',
              ExpressionAttributeValues: { ':former': { S: formerAdminId } },
            }),
      },
    },
    {
      Put: {
        TableName: table,
        Item: { ...adminKey(intercomAdminId), agentId: { S: agentId } },
        ConditionExpression: 'attribute_not_exists(pk) OR agentId = :agentId',
        ExpressionAttributeValues: { ':agentId': { S: agentId } },
      },
    },
  ]
  if (formerAdminId !== undefined && formerAdminId !== intercomAdminId)
    writes.push({ Delete: { TableName: table, Key: adminKey(formerAdminId) } })
  return writes
}

function taken(intercomAdminId: string): ProblemError {
  return new ProblemError({
    status: 409,
    code: 'admin-taken',
    title: 'Another agent is this admin',
    detail: `intercomAdminId is ${quoteValue(intercomAdminId)}, which belongs to another agent`,
    remedy: 'give that agent another admin first',
  })
}

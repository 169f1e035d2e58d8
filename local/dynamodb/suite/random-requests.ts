/**
 * Random requests, drawn from small sets of names and values so that they meet often: for comparing two
 * implementations answer by answer.
 *
 * @module
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'

import type { Chance } from '../../chance.ts'
import { type Item, L, M, N, NS, S, SS } from './context.ts'

type Command = PutItemCommand | GetItemCommand | UpdateItemCommand | DeleteItemCommand | QueryCommand

const values: readonly AttributeValue[] = [
  N(0),
  N(1),
  N('2.50'),
  N('-1e2'),
  N('12345678901234567890.5'),
  S(''),
  S('a'),
  S('ab'),
  S('é'),
  { BOOL: true },
  { NULL: true },
  { B: Uint8Array.of(1, 2) },
  SS('a', 'b'),
  SS('b', 'c'),
  NS(1, 2),
  L(),
  L(N(1), S('a')),
  M({ a: N(1), b: L(S('a'), N(2)) }),
]
const paths = ['a', 'b', 'c', 'a.a', 'a.b', 'b[0]', 'b[1]', 'a.b[0]', '#n', 'c[3]', 'c.a'] as const
const placeholders = [':v', ':w'] as const
const types = ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'] as const

/** Draws requests on one table with the keys `pk` S and `sk` S. */
export class RandomRequests {
  readonly #chance: Chance
  readonly #table: string

  constructor(chance: Chance, table: string) {
    this.#chance = chance
    this.#table = table
  }

  next(): Command {
    return this.#pick([
      () => this.#put(),
      () => this.#put(),
      () => this.#update(),
      () => this.#update(),
      () => this.#update(),
      () => this.#delete(),
      () => this.#get(),
      () => this.#query(),
    ])()
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#chance.next() * from.length)] as T
  }

  #key(): Item {
    return { pk: S(this.#pick(['p', 'q'])), sk: S(this.#pick(['1', '2', '3', '10'])) }
  }

  /** The values and names that an expression's text uses. */
  #bindings(...expressions: (string | undefined)[]): object {
    const text = expressions.join(' ')
    const used = placeholders.filter((placeholder) => text.includes(placeholder))
    const bound: Record<string, AttributeValue> = Object.fromEntries(
      used.map((placeholder) => [placeholder, this.#pick(values)]),
    )
    if (text.includes(':t')) bound[':t'] = S(this.#pick(types))
    return {
      ...(Object.keys(bound).length > 0 && { ExpressionAttributeValues: bound }),
      ...(text.includes('#n') && { ExpressionAttributeNames: { '#n': this.#pick(['a', 'b', 'name']) } }),
    }
  }

  #conditioned(): object {
    if (this.#chance.next() < 0.4) return {}
    const ConditionExpression = this.#condition(2)
    return { ConditionExpression, ...this.#bindings(ConditionExpression) }
  }

  #put(): PutItemCommand {
    const item: Item = { ...this.#key() }
    for (const name of ['a', 'b', 'c', 'name']) if (this.#chance.next() < 0.6) item[name] = this.#pick(values)
    return new PutItemCommand({
      TableName: this.#table,
      Item: item,
      ReturnValues: 'ALL_OLD',
      ...this.#conditioned(),
    })
  }

  #delete(): DeleteItemCommand {
    return new DeleteItemCommand({
      TableName: this.#table,
      Key: this.#key(),
      ReturnValues: 'ALL_OLD',
      ...this.#conditioned(),
    })
  }

  #get(): GetItemCommand {
    const ProjectionExpression = [...new Set([this.#pick(paths), this.#pick(paths)])].join(', ')
    return new GetItemCommand({
      TableName: this.#table,
      Key: this.#key(),
      ConsistentRead: true,
      ProjectionExpression,
      ...this.#bindings(ProjectionExpression),
    })
  }

  #update(): UpdateItemCommand {
    const UpdateExpression = this.#updateText()
    const ConditionExpression = this.#chance.next() < 0.2 ? this.#condition(1) : undefined
    return new UpdateItemCommand({
      TableName: this.#table,
      Key: this.#key(),
      UpdateExpression,
      ReturnValues: this.#pick(['ALL_NEW', 'ALL_OLD']),
      ...(ConditionExpression && { ConditionExpression }),
      ...this.#bindings(UpdateExpression, ConditionExpression),
    })
  }

  #query(): QueryCommand {
    const FilterExpression = this.#chance.next() < 0.5 ? this.#condition(2) : undefined
    const sortKey = this.#pick(['', ' AND sk > :s', ' AND sk <= :s', ' AND begins_with(sk, :s)'])
    const bound = this.#bindings(FilterExpression) as { ExpressionAttributeValues?: Item }
    return new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: `pk = :p${sortKey}`,
      ConsistentRead: true,
      ScanIndexForward: this.#chance.next() < 0.5,
      ...(FilterExpression && { FilterExpression }),
      ...bound,
      ExpressionAttributeValues: {
        ...bound.ExpressionAttributeValues,
        ':p': S(this.#pick(['p', 'q'])),
        ...(sortKey && { ':s': S(this.#pick(['1', '2'])) }),
      },
    })
  }

  #updateText(): string {
    const path = () => this.#pick(paths)
    const value = () => this.#pick(placeholders)
    const operand = (): string =>
      this.#pick([
        path,
        value,
        () => `if_not_exists(${path()}, ${value()})`,
        () => `list_append(${path()}, ${value()})`,
      ])()
    const sections = [
      () => `SET ${path()} = ${operand()}`,
      () => `SET ${path()} = ${operand()} ${this.#pick(['+', '-'])} ${operand()}`,
      () => `SET ${path()} = ${operand()}, ${path()} = ${operand()}`,
      () => `REMOVE ${path()}`,
      () => `REMOVE ${path()}, ${path()}`,
      () => `ADD ${path()} ${value()}`,
      () => `DELETE ${path()} ${value()}`,
    ]
    const first = this.#pick(sections)()
    return this.#chance.next() < 0.3 ? `${first} ${this.#pick(sections)()}` : first
  }

  #condition(depth: number): string {
    const path = () => this.#pick(paths)
    const operand = (): string =>
      this.#pick([path, path, () => this.#pick(placeholders), () => `size(${path()})`])()
    if (depth > 0 && this.#chance.next() < 0.5) {
      return this.#pick([
        () => `${this.#condition(depth - 1)} AND ${this.#condition(depth - 1)}`,
        () => `${this.#condition(depth - 1)} OR ${this.#condition(depth - 1)}`,
        () => `NOT ${this.#condition(depth - 1)}`,
        () => `(${this.#condition(depth - 1)}) AND ${this.#condition(0)}`,
      ])()
    }
    return this.#pick([
      () => `${operand()} ${this.#pick(['=', '<>', '<', '<=', '>', '>='])} ${operand()}`,
      () => `${operand()} BETWEEN ${operand()} AND ${operand()}`,
      () => `${operand()} IN (${operand()}, ${operand()})`,
      () => `attribute_exists(${path()})`,
      () => `attribute_not_exists(${path()})`,
      () => `attribute_type(${path()}, :t)`,
      () => `begins_with(${path()}, ${operand()})`,
      () => `contains(${path()}, ${operand()})`,
    ])()
  }
}

/** What a request came to: its answer or its refusal, without what differs from call to call. */
export async function outcomeOf(client: DynamoDBClient, command: Command): Promise<unknown> {
  try {
    // DynamoDB Local tells the capacity of a delete that found nothing, asked or not.
    const { $metadata: _, ConsumedCapacity: __, ...answer } = await client.send(command as PutItemCommand)
    return answer
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    return { refused: cause.name, message: cause.message }
  }
}

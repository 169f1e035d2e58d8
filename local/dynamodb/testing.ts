/**
 * What the tests of this folder share: a clock that is turned by hand, requests without an SDK, tables.
 *
 * @module
 */
import type { AwsService } from '../aws.ts'
import type { Clock } from '../clock.ts'
import type { LocalDynamoDb } from './index.ts'
import type { TableDefinition } from './table.ts'
import type { Item } from './values/attribute-value.ts'

export interface HandClock extends Clock {
  /** Moves the time on and calls what falls due. */
  advance(ms: number): void
}

/** A clock that stands still until it is moved. */
export function handClock(startMs = Date.UTC(2026, 10, 21)): HandClock {
  let nowMs = startMs
  const due = new Map<() => void, number>()
  return {
    now: () => nowMs,
    after(ms, run) {
      const entry = () => run()
      due.set(entry, nowMs + ms)
      return () => due.delete(entry)
    },
    advance(ms) {
      const until = nowMs + ms
      for (;;) {
        const [next] = [...due].filter(([, at]) => at <= until).toSorted(([, a], [, b]) => a - b)
        if (!next) break
        due.delete(next[0])
        nowMs = next[1]
        next[0]()
      }
      nowMs = until
    },
  }
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown> & { readonly __type?: string; readonly message?: string }
}

/** Sends one request as an SDK would, and parses the answer. */
export async function send(service: AwsService, operation: string, request: object): Promise<Answer> {
  const response = await service({
    method: 'POST',
    path: '/',
    query: {},
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
    body: Buffer.from(JSON.stringify(request)),
  })
  return {
    status: response.statusCode,
    body: JSON.parse(Buffer.from(response.body).toString()) as Answer['body'],
  }
}

/** Sends a request that must succeed. */
export async function ask(service: AwsService, operation: string, request: object): Promise<Answer['body']> {
  const { status, body } = await send(service, operation, request)
  if (status !== 200) throw new Error(`${operation} was refused: ${JSON.stringify(body)}`)
  return body
}

/** A table with the string keys `pk` and, unless told, `sk`. */
export function aTable(
  name: string,
  more: Partial<TableDefinition> & { sorted?: boolean } = {},
): TableDefinition {
  const { sorted = true, ...rest } = more
  const names = sorted ? ['pk', 'sk'] : ['pk']
  return {
    TableName: name,
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: names.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    ...rest,
  }
}

/** Everything in a table. */
export async function contents(db: LocalDynamoDb, TableName: string): Promise<Item[]> {
  const items: Item[] = []
  let start: unknown
  do {
    const page = await ask(db.service, 'Scan', {
      TableName,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    })
    items.push(...(page['Items'] as Item[]))
    start = page['LastEvaluatedKey']
  } while (start !== undefined)
  return items
}

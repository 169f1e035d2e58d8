import { expect, test } from 'vitest'

import { createDynamoDb } from './index.ts'
import { ask, aTable, contents, handClock } from './testing.ts'

const TableName = 'sessions'
const item = (pk: string, expiresAt?: number, type: 'N' | 'S' = 'N') => ({
  pk: { S: pk },
  ...(expiresAt !== undefined && { expiresAt: { [type]: String(expiresAt) } }),
})

test('items whose time has come go by themselves, and their stream says who did it', async () => {
  const clock = handClock()
  const db = createDynamoDb({ clock })
  db.createTable(
    aTable(TableName, {
      sorted: false,
      StreamSpecification: { StreamViewType: 'OLD_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    }),
  )
  const now = Math.floor(clock.now() / 1000)
  const items = [
    item('soon', now + 30),
    item('later', now + 3600),
    item('never'),
    item('text', now - 30, 'S'),
    item('long ago', now - 6 * 365 * 24 * 3600),
  ]
  for (const each of items) await ask(db.service, 'PutItem', { TableName, Item: each })
  const names = async () => (await contents(db, TableName)).map(({ pk }) => pk?.S ?? '').toSorted()
  expect(await names()).toEqual(['later', 'long ago', 'never', 'soon', 'text'])
  clock.advance(120_000)
  expect(await names()).toEqual(['later', 'long ago', 'never', 'text'])
  const reader = db.stream(TableName)
  const removed = reader
    .read(reader.shards[0] ?? '', undefined, 100)
    .filter(({ eventName }) => eventName === 'REMOVE')
    .map(({ record }) => [record.userIdentity, record.dynamodb.OldImage?.['pk']])
  expect(removed).toEqual([[{ type: 'Service', principalId: 'dynamodb.amazonaws.com' }, { S: 'soon' }]])
  db.close()
})

test('switching time to live on counts for the items that are there', async () => {
  const clock = handClock()
  const db = createDynamoDb({ clock })
  db.createTable(aTable(TableName, { sorted: false }))
  const now = Math.floor(clock.now() / 1000)
  for (let at = 0; at < 250; at += 1) {
    await ask(db.service, 'PutItem', { TableName, Item: item(`${at}`, now - 1) })
  }
  clock.advance(120_000)
  expect(db.sweepExpired()).toBe(0)
  await ask(db.service, 'UpdateTimeToLive', {
    TableName,
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  })
  clock.advance(60_000)
  expect(await contents(db, TableName)).toEqual([])
  db.close()
})

/**
 * A process that writes until it is killed: it prints the number of each transaction when it has the answer.
 * Arguments: the database's file.
 */
import { writeSync } from 'node:fs'

import { createDynamoDb } from './index.ts'
import { ask, aTable } from './testing.ts'

const db = createDynamoDb({ file: process.argv[2] ?? ':memory:' })
db.createTable(aTable('live', { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }))
for (let number = 0; ; number += 1) {
  const put = (sk: string) => ({ Put: { TableName: 'live', Item: { pk: { S: 'p' }, sk: { S: sk } } } })
  await ask(db.service, 'TransactWriteItems', {
    ClientRequestToken: `token-${number}`,
    TransactItems: [put(`a${number}`), put(`b${number}`)],
  })
  writeSync(1, `${number}\n`)
}

/** The suite that runs on this DynamoDB and, by `npm run test:oracle`, on AWS's. */
import { conditionCases } from './condition-cases.ts'
import type { SuiteCase } from './context.ts'
import { itemCases } from './item-cases.ts'
import { queryCases } from './query-cases.ts'
import { tableCases } from './table-cases.ts'
import { transactionCases } from './transaction-cases.ts'
import { updateCases } from './update-cases.ts'

export { dropTables, makeTables, type SuiteCase, type SuiteContext } from './context.ts'

export const suite: readonly SuiteCase[] = [
  ...itemCases,
  ...conditionCases,
  ...updateCases,
  ...queryCases,
  ...transactionCases,
  ...tableCases,
]

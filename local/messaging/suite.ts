import { snsCases } from './sns-suite.ts'
import { sqsCases } from './sqs-suite.ts'
import type { MessagingCase } from './suite-case.ts'

/** The suite: run on our own implementation by `npm test`, on others by `npm run test:oracle`. */
export const messagingCases: readonly MessagingCase[] = [...sqsCases, ...snsCases]

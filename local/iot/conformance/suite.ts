import type { ConformanceCase } from './case.ts'
import { connectCases } from './cases/connect.ts'
import { deliveryCases } from './cases/delivery.ts'
import { denialCases } from './cases/denials.ts'
import { malformedCases } from './cases/malformed.ts'
import { propertyCases } from './cases/properties.ts'
import { retainedCases } from './cases/retained.ts'
import { sessionCases } from './cases/sessions.ts'
import { sharedCases } from './cases/shared.ts'
import { topicCases } from './cases/topics.ts'
import { willCases } from './cases/wills.ts'

/** Every case, in the order of docs/aws-iot-core.md. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...connectCases,
  ...malformedCases,
  ...sessionCases,
  ...deliveryCases,
  ...propertyCases,
  ...topicCases,
  ...retainedCases,
  ...sharedCases,
  ...willCases,
  ...denialCases,
]

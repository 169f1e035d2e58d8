/** What AWS refuses, as those who look for it say it to those who answer. */
import type { QuotaId } from './quotas/catalogue.ts'

/** What is wrong with something. */
export interface Problem {
  readonly message: string
  /** The quota that it is over, if it is one: whoever refuses counts it. docs/aws-iot-core.md §3. */
  readonly quota?: QuotaId
}

/** A problem with the answer that a packet gets. */
export interface Refusal extends Problem {
  /** MQTT 5 reason code. docs/aws-iot-core.md §2.7. */
  readonly code: number
}

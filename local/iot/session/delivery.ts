import type { Message } from '../message.ts'

/** One message on its way to one session. */
export interface Delivery {
  readonly message: Message
  readonly retain: boolean
  /** For a direct message: called when the client acknowledges it. It is not kept for a client that is away. */
  readonly onAcknowledged?: () => void
}

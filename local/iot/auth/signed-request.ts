/** A request that somebody signed, as it came. docs/aws-iot-core.md §5b. */
import { hash } from 'node:crypto'

export interface SignedRequest {
  readonly method: string
  /** Still percent-encoded. */
  readonly path: string
  readonly query: Readonly<Record<string, string | readonly string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** SHA-256 of a body, in hexadecimal: what its signer says of it. */
export function hashOf(body: Uint8Array): string {
  return hash('sha256', body)
}

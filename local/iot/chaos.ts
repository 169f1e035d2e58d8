/**
 * Where faults that come of themselves draw from, on the broker's seed, and authorizers that are slow. Connections that end:
 * end-by-fault.ts; faults that meet a message are where the message is: deliver.ts, publish.ts, packets/subscribe.ts.
 * docs/aws-iot-core.md §12.14.
 *
 * @module
 */
import type { Chance } from '../chance.ts'
import type { AuthorizerOptions } from './auth/authorizer.ts'
import type { Settings } from './options.ts'

/** Streams of chance of their own: what they draw changes no delivery. */
export interface Chaos {
  readonly ends: Chance
  readonly authorizers: Chance
}

export function newChaos({ chance }: Settings): Chaos {
  return { ends: chance.fork('ends'), authorizers: chance.fork('authorizers') }
}

/** The authorizer, asked late while a fault says so. */
export function slowAuthorizer(
  authorizer: AuthorizerOptions,
  { clock, faults }: Settings,
  { authorizers }: Chaos,
): AuthorizerOptions {
  return {
    ...authorizer,
    async invoke(event) {
      if (faults.authorizerDelayMs > 0) {
        const delayMs = Math.floor(authorizers.next() * faults.authorizerDelayMs)
        await new Promise<void>((resolve) => {
          clock.after(delayMs, resolve)
        })
      }
      return authorizer.invoke(event)
    },
  }
}

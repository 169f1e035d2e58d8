/**
 * Faults that come of themselves, on the broker's seed: connections that end, authorizers that are slow. Those that meet a message are
 * where the message is: deliver.ts, publish.ts, packets/subscribe.ts. docs/aws-iot-core.md §12.14.
 *
 * @module
 */
import type { Chance } from '../chance.ts'
import type { AuthorizerOptions } from './auth/authorizer.ts'
import type { Broker } from './broker.ts'
import { endConnection } from './end-connection.ts'
import type { Client } from './model.ts'
import type { Settings } from './options.ts'
import { reason } from './reason-codes.ts'

/** Streams of chance of their own: what they draw changes no delivery. */
export interface Chaos {
  readonly ends: Chance
  readonly authorizers: Chance
}

export function newChaos({ chance }: Settings): Chaos {
  return { ends: chance.fork('ends'), authorizers: chance.fork('authorizers') }
}

/** Looks, once a second, whether a fault ends this connection; answers whether it did. */
export function endByFault(broker: Broker, client: Client): boolean {
  const { chaos } = broker
  const { faults } = broker.settings
  if (client.authorization && chaos.ends.happens(faults.expireEarly)) {
    endConnection(broker, client.connection, {
      reason: 'CUSTOMAUTH_TTL_EXPIRATION',
      reasonCode: reason.notAuthorized,
      message: 'by a fault, its authorisation ended early',
    })
    return true
  }
  if (!chaos.ends.happens(faults.kick)) return false
  endConnection(broker, client.connection, {
    reason: 'SERVER_INITIATED_DISCONNECT',
    reasonCode: reason.administrativeAction,
    message: 'by a fault, it was kicked',
  })
  return true
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

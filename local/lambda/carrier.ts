/**
 * The main thread's end of a handler's requests: brings each to its service, unless a fault says otherwise.
 *
 * @module
 */
import type { AwsResponse, AwsService, AwsServiceName } from '../aws.ts'
import type { Chance } from '../chance.ts'
import type { Faults } from '../faults.ts'
import type { CarriedRequest } from './messages.ts'

/** Services by the name a request is signed for. */
const byCredentialScope: Readonly<Record<string, AwsServiceName>> = {
  dynamodb: 'dynamodb',
  sns: 'sns',
  sqs: 'sqs',
  iotdata: 'iot-data',
  iotdevicegateway: 'iot-data',
  ses: 'sesv2',
  ssm: 'ssm',
}

/** The service that a credential scope or the start of a host names, or undefined. */
export function serviceNameOf(scope: string): AwsServiceName | undefined {
  return Object.hasOwn(byCredentialScope, scope) ? byCredentialScope[scope] : undefined
}

/** At which side of a request a worker dies: before the service sees it, or after it answered. */
export type KillSide = 'before' | 'after'

/** Kills the next invocation of a function at its n-th request to AWS, counted from 1. */
export interface KillPlan {
  readonly request: number
  readonly side: KillSide
}

export interface CarrierOptions {
  readonly services: Readonly<Partial<Record<AwsServiceName, AwsService>>>
  /** Read at each request. */
  readonly faults: Pick<Faults, 'outages' | 'workers'>
  readonly chance: Chance
  readonly warn: (message: string) => void
}

export interface Carrier {
  /** The service's answer; a connection that fails answers with its code instead. */
  carry(request: CarriedRequest): Promise<AwsResponse | ConnectionFailure> | AwsResponse | ConnectionFailure
  /** Whether a seeded fault kills the worker at this request. */
  fate(functionKey: string): KillSide | undefined
  /** Workers killed by seeded faults. */
  readonly kills: number
}

export interface ConnectionFailure {
  /** `ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`: as a socket would say. */
  readonly failure: string
}

export function createCarrier({ services, faults, chance, warn }: CarrierOptions): Carrier {
  let kills = 0
  const unknown = new Set<string>()
  return {
    carry(request) {
      const name = serviceNameOf(request.service)
      const service = name && services[name]
      if (!service) {
        if (!unknown.has(request.service)) {
          unknown.add(request.service)
          warn(
            `a handler calls ${request.service}, which the local stack does not have (only ${Object.keys(services).join(', ')})`,
          )
        }
        return { failure: 'ENOTFOUND' }
      }
      if (faults.outages.has(name)) return { failure: 'ECONNREFUSED' }
      const failed = (error: unknown): ConnectionFailure => {
        warn(
          `the local ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        )
        return { failure: 'ECONNRESET' }
      }
      try {
        const answer = service(request)
        return answer instanceof Promise ? answer.catch(failed) : answer
      } catch (error) {
        return failed(error)
      }
    },
    fate(functionKey) {
      const { kill, killAt, only, most } = faults.workers
      if (kill <= 0 || kills >= most || (only && !only.includes(functionKey))) return undefined
      if (!chance.happens(kill)) return undefined
      kills += 1
      if (killAt !== 'either') return killAt
      return chance.happens(0.5) ? 'before' : 'after'
    },
    get kills() {
      return kills
    },
  }
}

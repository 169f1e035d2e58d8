/**
 * What one connection may do: its compiled policy, with decisions remembered, since the same few topics are asked for
 * at each delivery.
 *
 * @module
 */
import { localAccount } from '../../aws.ts'
import { bounds } from '../limits.ts'
import type { CompiledPolicy, ConditionContext, Decision } from './evaluate.ts'

export type IotAction = 'Connect' | 'Publish' | 'RetainPublish' | 'Subscribe' | 'Receive'

/** A refusal, for the log: who may not do what to what, and which statement said so. */
export interface Denial {
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly because: string
}

const resourceTypes = {
  Connect: 'client',
  Publish: 'topic',
  RetainPublish: 'topic',
  Subscribe: 'topicfilter',
  Receive: 'topic',
} as const

/** `arn:aws:iot:<region>:<account>:topic/<name>` and its like. docs/aws-iot-core.md §6. */
export function iotArn(type: 'client' | 'topic' | 'topicfilter', name: string): string {
  return `arn:aws:iot:${localAccount.region}:${localAccount.accountId}:${type}/${name}`
}

export class Permissions {
  readonly principal: string
  readonly #policy: CompiledPolicy | 'everything'
  readonly #onDenied: (denial: Denial) => void
  /** Whether a topic may be received, for as long as the policy holds. */
  readonly #received = new Map<string, boolean>()

  /** `onDenied` is told each refusal; a refused `iot:Receive` once for each topic that is remembered. */
  constructor(principal: string, policy: CompiledPolicy | 'everything', onDenied: (denial: Denial) => void) {
    this.principal = principal
    this.#policy = policy
    this.#onDenied = onDenied
  }

  /** Whether the action is allowed on the client ID, topic or topic filter of this name. */
  may(action: IotAction, name: string, context?: ConditionContext): boolean {
    if (this.#policy === 'everything') return true
    const resource = iotArn(resourceTypes[action], name)
    const decision: Decision = this.#policy.decide(`iot:${action}`, resource, context)
    if (!decision.allowed)
      this.#onDenied({
        principal: this.principal,
        action: `iot:${action}`,
        resource,
        because: decision.because,
      })
    return decision.allowed
  }

  /** Whether messages of a topic may be delivered: asked at each delivery, so remembered. docs/aws-iot-core.md §2.8. */
  mayReceive(topic: string): boolean {
    if (this.#policy === 'everything') return true
    const known = this.#received.get(topic)
    if (known !== undefined) return known
    if (this.#received.size >= bounds.decisions) this.#received.clear()
    const allowed = this.may('Receive', topic)
    this.#received.set(topic, allowed)
    return allowed
  }
}

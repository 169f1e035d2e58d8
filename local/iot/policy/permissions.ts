/**
 * What one connection or one signer may do: its compiled policy, with decisions remembered, since the same few topics
 * are asked for at each delivery.
 *
 * @module
 */
import { localAccount } from '../../aws.ts'
import { bounds } from '../limits.ts'
import type { ConditionContext } from './condition-keys.ts'
import type { CompiledPolicy, StatementPlace, StatementVerdict } from './evaluate.ts'

type ResourceType = 'client' | 'topic' | 'topicfilter' | 'thing' | 'any'

/** Each action and what its resource is. docs/aws-iot-core.md §6. */
const resourceTypes = {
  Connect: 'client',
  Publish: 'topic',
  RetainPublish: 'topic',
  Subscribe: 'topicfilter',
  Receive: 'topic',
  GetRetainedMessage: 'topic',
  ListRetainedMessages: 'any',
  GetConnection: 'client',
  DeleteConnection: 'client',
  ListSubscriptions: 'client',
  SendDirectMessage: 'client',
  GetThingShadow: 'thing',
  UpdateThingShadow: 'thing',
  DeleteThingShadow: 'thing',
  ListNamedShadowsForThing: 'thing',
} as const satisfies Record<string, ResourceType>

export type IotAction = keyof typeof resourceTypes

/** A refusal: who may not do what to what, and which statement said so. */
export interface Denial {
  readonly principal: string
  /** `iot:Publish` and so on. */
  readonly action: string
  readonly resource: string
  readonly because: string
  /** Absent when no statement allows it. */
  readonly statement: StatementPlace | undefined
}

/** A decision, with what each statement made of it. */
export interface Explanation extends Denial {
  readonly allowed: boolean
  readonly statements: readonly StatementVerdict[]
}

/** `arn:aws:iot:<region>:<account>:topic/<name>` and its like. docs/aws-iot-core.md §6. */
export function iotArn(type: ResourceType, name: string, region: string = localAccount.region): string {
  return type === 'any' ? '*' : `arn:aws:iot:${region}:${localAccount.accountId}:${type}/${name}`
}

export interface PermissionsOptions {
  readonly principal: string
  readonly policy: CompiledPolicy | 'everything'
  /** The Region in ARNs. Default: that of the local account. */
  readonly region?: string
  /** Told each refusal; a refused `iot:Receive` once for each topic that is remembered. Default: nobody is. */
  readonly onDenied?: (denial: Denial) => void
}

export class Permissions {
  readonly principal: string
  readonly #policy: CompiledPolicy | 'everything'
  readonly #region: string | undefined
  readonly #onDenied: ((denial: Denial) => void) | undefined
  /** Whether a topic may be received, for as long as the policy holds. */
  #received: Map<string, boolean> | undefined

  constructor({ principal, policy, region, onDenied }: PermissionsOptions) {
    this.principal = principal
    this.#policy = policy
    this.#region = region
    this.#onDenied = onDenied
  }

  /** Whether the action is allowed on the client ID, topic, topic filter or thing of this name. */
  may(action: IotAction, name: string, context?: ConditionContext): boolean {
    return this.denialOf(action, name, context) === undefined
  }

  /** As `may`, answering the refusal itself. */
  denialOf(action: IotAction, name: string, context?: ConditionContext): Denial | undefined {
    if (this.#policy === 'everything') return undefined
    const resource = iotArn(resourceTypes[action], name, this.#region)
    const { allowed, because, statement } = this.#policy.decide(`iot:${action}`, resource, context)
    if (allowed) return undefined
    const denial = { principal: this.principal, action: `iot:${action}`, resource, because, statement }
    this.#onDenied?.(denial)
    return denial
  }

  /** Whether messages of a topic may be delivered: asked at each delivery, so remembered. docs/aws-iot-core.md §2.8. */
  mayReceive(topic: string): boolean {
    if (this.#policy === 'everything') return true
    const known = this.#received?.get(topic)
    if (known !== undefined) return known
    const allowed = this.may('Receive', topic)
    // What may be another at the next delivery is asked again then.
    if (!this.#policy.isConstant) return allowed
    const received = (this.#received ??= new Map())
    if (received.size >= bounds.decisions) received.clear()
    received.set(topic, allowed)
    return allowed
  }

  /** The ARN of a topic, for a condition that names one. */
  topicArn(topic: string): string {
    return iotArn('topic', topic, this.#region)
  }

  /** What the policy says to a question, statement by statement; nobody is told of a refusal. */
  explain(action: IotAction, name: string, context?: ConditionContext): Explanation {
    const asked = {
      principal: this.principal,
      action: `iot:${action}`,
      resource: iotArn(resourceTypes[action], name, this.#region),
    }
    if (this.#policy === 'everything')
      return {
        ...asked,
        allowed: true,
        because: 'everything is allowed',
        statement: undefined,
        statements: [],
      }
    const { allowed, because, statement } = this.#policy.decide(asked.action, asked.resource, context)
    const statements = this.#policy.verdicts(asked.action, asked.resource, context)
    return { ...asked, allowed, because, statement, statements }
  }
}

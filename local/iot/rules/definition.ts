/**
 * What a rule is told to do, as serverless.yml and CloudFormation say it. docs/aws-iot-core.md §9.
 *
 * @module
 */
export type RuleAction =
  /** Invokes a function asynchronously: it is tried three times, a minute and two minutes apart. */
  | { readonly type: 'lambda'; readonly functionArn: string }
  | {
      readonly type: 'sqs'
      readonly queueUrl: string
      /** Whether the body is base64. Default: false. */
      readonly useBase64?: boolean
    }
  | {
      readonly type: 'sns'
      readonly targetArn: string
      /** JSON: the payload is SNS's own object with a text a protocol. Default: RAW. */
      readonly messageFormat?: 'RAW' | 'JSON'
    }
  | {
      readonly type: 'republish'
      /** May hold `${expression}`; `$$aws/…` reaches a reserved topic. */
      readonly topic: string
      /** Default: 0. */
      readonly qos?: 0 | 1
      /** MQTT 5 properties; texts may hold `${expression}`. */
      readonly headers?: RepublishHeaders
    }

export interface RepublishHeaders {
  readonly payloadFormatIndicator?: string
  readonly contentType?: string
  readonly responseTopic?: string
  readonly correlationData?: string
  /** Seconds, or an expression that gives them. */
  readonly messageExpiry?: string
  readonly userProperties?: readonly { readonly key: string; readonly value: string }[]
}

export interface RuleDefinition {
  /** Letters, digits and `_`. */
  readonly name: string
  readonly sql: string
  /** Only 2016-03-23 is run here. AWS's own default is 2015-10-08, so it must be said. */
  readonly sqlVersion: string | undefined
  /** Default: true. */
  readonly enabled?: boolean
  /** 1 to 10. */
  readonly actions: readonly RuleAction[]
  /** Told once of each message for which an action failed. */
  readonly errorAction?: RuleAction | undefined
}

/** What actions reach. What is absent refuses the rules that want it, at start. */
export interface RuleTargets {
  /** Runs a function once; rejects when it fails. */
  readonly lambda?: (functionArn: string, event: unknown) => Promise<unknown>
  /** Rejects when there is no such queue. */
  readonly sqs?: (queueUrl: string, body: string) => Promise<void>
  /** Rejects when there is no such topic. `json`: the message is an object with a text a protocol. */
  readonly sns?: (topicArn: string, message: string, structure: 'json' | undefined) => Promise<void>
}

/** A rule that cannot run here: which, what is wrong, and what to do. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  readonly code = 'RULE'

  constructor(rule: string, problem: string, options?: ErrorOptions) {
    super(`rule ${rule}: ${problem}`, options)
  }
}

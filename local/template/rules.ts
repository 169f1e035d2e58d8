/**
 * The rules of AWS IoT Core in serverless.yml: `events: - iot:` of functions, and AWS::IoT::TopicRule.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iot-topicrule.html
 *
 * @module
 */
import * as v from 'valibot'
import type { TemplateRule, TemplateRuleAction } from './template.ts'

const text = v.pipe(v.string(), v.nonEmpty())
const flag = v.optional(v.boolean(), false)

/** A role is AWS's alone: it is taken away before the properties are resolved. */
const lambdaAction = v.pipe(
  v.strictObject({ Lambda: v.strictObject({ FunctionArn: text }) }),
  v.transform(({ Lambda }): TemplateRuleAction => ({ type: 'lambda', functionArn: Lambda.FunctionArn })),
)
const sqsAction = v.pipe(
  v.strictObject({ Sqs: v.strictObject({ QueueUrl: text, UseBase64: flag }) }),
  v.transform(({ Sqs }): TemplateRuleAction => ({
    type: 'sqs',
    queueUrl: Sqs.QueueUrl,
    useBase64: Sqs.UseBase64,
  })),
)
const snsAction = v.pipe(
  v.strictObject({
    Sns: v.strictObject({ TargetArn: text, MessageFormat: v.optional(v.picklist(['RAW', 'JSON']), 'RAW') }),
  }),
  v.transform(({ Sns }): TemplateRuleAction => ({
    type: 'sns',
    targetArn: Sns.TargetArn,
    messageFormat: Sns.MessageFormat,
  })),
)
const headers = v.strictObject({
  PayloadFormatIndicator: v.optional(v.string()),
  ContentType: v.optional(v.string()),
  ResponseTopic: v.optional(v.string()),
  CorrelationData: v.optional(v.string()),
  MessageExpiry: v.optional(v.string()),
  UserProperties: v.optional(v.array(v.strictObject({ Key: text, Value: v.string() })), []),
})
const republishAction = v.pipe(
  v.strictObject({
    Republish: v.strictObject({
      Topic: text,
      Qos: v.optional(v.picklist([0, 1], 'expected 0 or 1'), 0),
      Headers: v.optional(headers, {}),
    }),
  }),
  v.transform(({ Republish: { Topic, Qos, Headers } }): TemplateRuleAction => {
    const { PayloadFormatIndicator, ContentType, ResponseTopic, CorrelationData, MessageExpiry } = Headers
    return {
      type: 'republish',
      topic: Topic,
      qos: Qos,
      headers: {
        ...(PayloadFormatIndicator !== undefined && { payloadFormatIndicator: PayloadFormatIndicator }),
        ...(ContentType !== undefined && { contentType: ContentType }),
        ...(ResponseTopic !== undefined && { responseTopic: ResponseTopic }),
        ...(CorrelationData !== undefined && { correlationData: CorrelationData }),
        ...(MessageExpiry !== undefined && { messageExpiry: MessageExpiry }),
        userProperties: Headers.UserProperties.map(({ Key: key, Value: value }) => ({ key, value })),
      },
    }
  }),
)

/** The kinds of action that run here; any other is refused, since a rule without it is another rule. */
const action = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check(
    (given) => ['Lambda', 'Sqs', 'Sns', 'Republish'].includes(Object.keys(given).join()),
    ({ input }) =>
      `the local stack runs the actions Lambda, Sqs, Sns and Republish, one in each; this has ${Object.keys(input).join(', ') || 'none'}`,
  ),
  v.union([lambdaAction, sqsAction, snsAction, republishAction]),
)

/** The properties of AWS::IoT::TopicRule, without roles. */
export const topicRuleSchema = v.strictObject({
  RuleName: v.optional(v.string()),
  TopicRulePayload: v.strictObject({
    Sql: text,
    AwsIotSqlVersion: v.optional(v.string()),
    RuleDisabled: flag,
    Description: v.optional(v.string()),
    Actions: v.array(action),
    ErrorAction: v.optional(action),
  }),
  Tags: v.optional(v.unknown()),
})

/** `events: - iot:` of a function. */
export const iotEventSchema = v.strictObject({
  sql: text,
  sqlVersion: v.optional(v.string()),
  name: v.optional(text),
  enabled: v.optional(v.boolean(), true),
  description: v.optional(v.string()),
})

/** A rule's name, which has letters, digits and `_` only. */
export function ruleName(given: string): string {
  return given.replaceAll(/\W/g, '_')
}

/** A copy without the roles that rules act in: there are none on one machine, and what they point at is not made here. */
export function withoutRoles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRoles)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'RoleArn')
      .map(([key, each]) => [key, withoutRoles(each)]),
  )
}

/** The rule of a resource whose properties were read. */
export function ruleOf(
  name: string,
  { TopicRulePayload }: v.InferOutput<typeof topicRuleSchema>,
): TemplateRule {
  const { Sql, AwsIotSqlVersion, RuleDisabled, Actions, ErrorAction } = TopicRulePayload
  return {
    name,
    sql: Sql,
    sqlVersion: AwsIotSqlVersion,
    enabled: !RuleDisabled,
    actions: Actions,
    errorAction: ErrorAction,
  }
}

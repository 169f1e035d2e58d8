/**
 * Topic patterns: `campaigns/{campaignId}/total` names every topic of one contract.
 *
 * @module
 */
import { topicBytesMax, topicSlashesMax } from './aws-limits.ts'
import { TopicContractError } from './errors.ts'

/** The parameters in a pattern, at type level: `ParametersOf<'a/{b}/c'>` is `{ b: string }`. */
export type ParametersOf<Pattern extends string> = string extends Pattern
  ? Record<string, string>
  : { readonly [Name in ParameterName<Pattern>]: string }

type ParameterName<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterName<Rest>
  : never

/** What a parameter or a claim may be. No `/`, `+`, `#`, `*`, `?` or `$`: nothing that a filter or a policy reads as more than text. */
export const parameterPattern = /^[A-Za-z0-9_-]{1,64}$/

const parameterLengthMax = 64

/** What a parameter or a claim may be called. */
export const parameterName = /^[A-Za-z][A-Za-z0-9]{0,63}$/

export interface PatternSegment {
  readonly literal?: string
  readonly parameter?: string
}

/** The levels of a pattern. Throws TopicContractError for one that cannot be a topic of AWS IoT Core. */
export function parsePattern(pattern: string): readonly PatternSegment[] {
  const fail = (problem: string, remedy: string): never => {
    throw new TopicContractError(
      'INVALID_PATTERN',
      `topic pattern ${JSON.stringify(pattern)}: ${problem}`,
      remedy,
    )
  }
  const seen = new Set<string>()
  const segments = pattern.split('/').map((level): PatternSegment => {
    const parameter = /^\{(.*)\}$/.exec(level)?.[1]
    if (parameter !== undefined) {
      if (!parameterName.test(parameter)) {
        fail(
          `${JSON.stringify(parameter)} is no parameter name`,
          'use 1 to 64 letters and digits, as in {campaignId}',
        )
      }
      if (seen.has(parameter)) fail(`{${parameter}} stands twice`, 'give each parameter a name of its own')
      seen.add(parameter)
      return { parameter }
    }
    if (!/^[A-Za-z0-9_-]+$/.test(level)) {
      fail(
        `level ${JSON.stringify(level)} is neither a word nor a {parameter}`,
        'use letters, digits, - and _ between slashes; wildcards and $ belong to filters and to AWS',
      )
    }
    return { literal: level }
  })
  if (segments.length - 1 > topicSlashesMax) {
    fail(`${segments.length - 1} slashes`, `AWS IoT Core allows ${topicSlashesMax}: shorten the pattern`)
  }
  const longest = segments.reduce(
    (bytes, segment) => bytes + (segment.literal?.length ?? parameterLengthMax),
    segments.length - 1,
  )
  if (longest > topicBytesMax) {
    fail(
      `a topic of it can reach ${longest} bytes`,
      `AWS IoT Core allows ${topicBytesMax}: use fewer parameters (each may have ${parameterLengthMax} characters)`,
    )
  }
  return segments
}

/** The topic name that these parameters give. Throws TopicContractError naming a missing or unfit parameter. */
export function fillPattern(pattern: string, parameters: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name]
    if (typeof value !== 'string' || !parameterPattern.test(value)) {
      throw new TopicContractError(
        'INVALID_PARAMETER',
        `parameter ${name} of ${pattern}: ${JSON.stringify(value) ?? 'undefined'} does not fit`,
        'a parameter has 1 to 64 letters, digits, - or _',
      )
    }
    return value
  })
}

/** The parameters of a topic name under a pattern, or undefined when it is no topic of that pattern. */
export function matchPattern(pattern: string, topic: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const levels = topic.split('/')
  if (wanted.length !== levels.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, level] of wanted.entries()) {
    const value = levels[index] ?? ''
    if (level.startsWith('{')) {
      if (!parameterPattern.test(value)) return undefined
      parameters[level.slice(1, -1)] = value
    } else if (level !== value) return undefined
  }
  return parameters
}

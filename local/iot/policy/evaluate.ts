/**
 * Decides whether a policy lets a principal do something, as IAM does: nothing is allowed unless a statement says so,
 * and one Deny beats any Allow. Pure but for the clock it is given. docs/aws-iot-core.md §6.
 *
 * @module
 */
import { type ConditionContext, isKnownKey, isOfTime } from './condition-keys.ts'
import { compileCondition, type Condition } from './conditions.ts'
import type { Statement } from './document.ts'
import { compileWildcard, matchesWildcard, type Variables, type WildcardPattern } from './wildcard.ts'

export interface Decision {
  readonly allowed: boolean
  /** The statement that decided, or why none did. */
  readonly because: string
  /** Absent when no statement applies. */
  readonly statement: StatementPlace | undefined
}

/** Where a statement stands. */
export interface StatementPlace {
  readonly document: number
  readonly index: number
  readonly sid: string | undefined
  readonly id: string
  readonly effect: 'Allow' | 'Deny'
}

/** Why a statement applies or not. */
export interface StatementVerdict extends StatementPlace {
  readonly applies: boolean
  readonly because: string
}

/** Statements with one connection's variables put in, ready to decide. */
export interface CompiledPolicy {
  decide(action: string, resource: string, context?: ConditionContext): Decision
  /** Each statement's verdict, Denies first. */
  verdicts(action: string, resource: string, context?: ConditionContext): StatementVerdict[]
  /** Whether the same question has the same answer as long as the policy holds. */
  readonly isConstant: boolean
}

interface CompiledStatement extends StatementPlace {
  /** In lower case: IAM compares action names without regard to case. */
  readonly actions: readonly WildcardPattern[]
  readonly notActions: boolean
  /** Undefined stands for a pattern with an unknown variable. */
  readonly resources: readonly (WildcardPattern | undefined)[]
  readonly notResources: boolean
  readonly conditions: readonly CompiledCondition[]
  readonly decision: Decision
}

interface CompiledCondition {
  /** In lower case. */
  readonly key: string
  readonly text: string
  /** Undefined when the key or a variable is unknown. */
  readonly holds: Condition | undefined
}

const nothingAllows: Decision = {
  allowed: false,
  because: 'no statement allows it',
  statement: undefined,
}

const noContext: ConditionContext = {}
const noConditions: readonly CompiledCondition[] = []

/** Compiles statements for a connection whose variables are these. `now` is what `aws:CurrentTime` reads, ms since 1970. */
export function compilePolicy(
  statements: readonly Statement[],
  variables: Variables,
  now: () => number = () => 0,
): CompiledPolicy {
  const compiled = statements.map((statement) => compileStatement(statement, variables))
  // A Deny that applies decides, wherever it stands; so the first that applies does.
  const inOrder = [
    ...compiled.filter(({ effect }) => effect === 'Deny'),
    ...compiled.filter(({ effect }) => effect === 'Allow'),
  ]
  const scene = (context: ConditionContext): Scene => ({ variables, context, now })
  return {
    isConstant: !inOrder.some(({ conditions }) => conditions.some(({ key }) => isOfTime(key))),
    decide(action, resource, context = noContext) {
      const lowerAction = action.toLowerCase()
      const seen = scene(context)
      for (const statement of inOrder)
        if (misses(statement, lowerAction, resource, seen) === undefined) return statement.decision
      return nothingAllows
    },
    verdicts(action, resource, context = noContext) {
      const seen = scene(context)
      return inOrder.map((statement) => {
        const { document, index, sid, id, effect } = statement
        const missed = misses(statement, action.toLowerCase(), resource, seen)
        return {
          document,
          index,
          sid,
          id,
          effect,
          applies: missed === undefined,
          because: missed ?? 'it applies',
        }
      })
    },
  }
}

interface Scene {
  readonly variables: Variables
  readonly context: ConditionContext
  readonly now: () => number
}

/** Why the statement does not apply; undefined when it does. */
function misses(
  statement: CompiledStatement,
  lowerAction: string,
  resource: string,
  scene: Scene,
): string | undefined {
  const { actions, notActions, resources, notResources, conditions, effect } = statement
  if (actions.some((pattern) => matchesWildcard(pattern, lowerAction)) === notActions)
    return 'its actions do not match'
  if (listed(resources, resource, effect, notResources) === notResources) return 'its resources do not match'
  for (const { key, text, holds } of conditions) {
    // What is unknown fails closed: it never lets an Allow match, nor a Deny miss.
    const held = holds ? holds(valuesOf(key, scene)) : effect === 'Deny'
    if (!held) return `its condition ${text} does not hold`
  }
  return undefined
}

/** A pattern that cannot be read fails closed: an Allow matches nothing by it, and a Deny everything. */
function listed(
  patterns: readonly (WildcardPattern | undefined)[],
  text: string,
  effect: Statement['effect'],
  negated: boolean,
): boolean {
  const unreadable = (effect === 'Deny') !== negated
  return patterns.some((pattern) => (pattern === undefined ? unreadable : matchesWildcard(pattern, text)))
}

function valuesOf(key: string, { variables, context, now }: Scene): readonly string[] | undefined {
  if (key === 'aws:currenttime') return [new Date(now()).toISOString()]
  if (key === 'aws:epochtime') return [String(Math.floor(now() / 1000))]
  const variable = variables[key]
  if (variable !== undefined) return [variable]
  for (const name in context) if (name.toLowerCase() === key) return context[name]
  return undefined
}

function compileStatement(statement: Statement, known: Variables): CompiledStatement {
  const { actions, notActions, resources, notResources, conditions, hasVariables } = statement
  // Before version 2012-10-17, ${…} is plain text.
  const read = (text: string): string => (hasVariables ? text : withoutVariables(text))
  const place = placeOf(statement)
  const allowed = statement.effect === 'Allow'
  return {
    ...place,
    actions: actions.map((action) => plainWildcard(action.toLowerCase())),
    notActions,
    resources: resources.map((resource) => compileWildcard(read(resource), known)),
    notResources,
    conditions:
      conditions.length === 0
        ? noConditions
        : conditions.map(({ operator, key, wanted, text }) => {
            const lowerKey = key.toLowerCase()
            return {
              key: lowerKey,
              text,
              holds: isKnownKey(lowerKey) ? compileCondition(operator, wanted.map(read), known) : undefined,
            }
          }),
    decision: { allowed, because: `${statement.id} ${allowed ? 'allows' : 'denies'} it`, statement: place },
  }
}

/** Actions have no variables. */
function plainWildcard(text: string): WildcardPattern {
  return compileWildcard(withoutVariables(text)) ?? ''
}

function withoutVariables(text: string): string {
  return text.replaceAll('${', '${$}{')
}

function placeOf({ document, index, sid, id, effect }: StatementPlace): StatementPlace {
  return { document, index, sid, id, effect }
}

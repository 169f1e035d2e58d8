/**
 * Decides whether a policy lets a principal do something, as IAM does: nothing is allowed unless a statement says so,
 * and one Deny beats any Allow. Pure. docs/aws-iot-core.md §6.
 *
 * @module
 */
import type { Statement } from './document.ts'
import { compileWildcard, matchesWildcard, type Variables, type WildcardPattern } from './wildcard.ts'

/** Values of the condition keys that a request has. */
export type ConditionContext = Readonly<Record<string, readonly string[]>>

export interface Decision {
  readonly allowed: boolean
  /** The statement that decided, or why none did. */
  readonly because: string
}

/** Statements with one connection's variables put in, ready to decide. */
export interface CompiledPolicy {
  decide(action: string, resource: string, context?: ConditionContext): Decision
}

interface CompiledStatement extends Omit<Statement, 'actions' | 'resources'> {
  /** Undefined stands for a pattern with an unknown variable. */
  readonly actions: readonly (WildcardPattern | undefined)[]
  readonly resources: readonly (WildcardPattern | undefined)[]
}

const nothingAllows: Decision = { allowed: false, because: 'no statement allows it' }

/** Compiles statements for a connection whose variables are these. */
export function compilePolicy(statements: readonly Statement[], variables: Variables): CompiledPolicy {
  const compiled = statements.map((statement): CompiledStatement => ({
    ...statement,
    // IAM compares action names without regard to case.
    actions: statement.actions.map((action) => compileWildcard(action.toLowerCase())),
    resources: statement.resources.map((resource) => compileWildcard(resource, variables)),
  }))
  const denies = compiled.filter((statement) => statement.effect === 'Deny')
  const allows = compiled.filter((statement) => statement.effect === 'Allow')
  return {
    decide(action, resource, context = {}) {
      const lowerAction = action.toLowerCase()
      const applies = (statement: CompiledStatement): boolean =>
        listed(statement.actions, lowerAction, statement.effect) !== statement.notActions &&
        listed(statement.resources, resource, statement.effect) !== statement.notResources &&
        conditionsHold(statement, context, variables)
      const denied = denies.find(applies)
      if (denied) return { allowed: false, because: `${denied.id} denies it` }
      const allowed = allows.find(applies)
      return allowed ? { allowed: true, because: `${allowed.id} allows it` } : nothingAllows
    },
  }
}

/** Fails closed: a pattern that cannot be read makes an Allow match nothing and a Deny match everything. */
function listed(
  patterns: readonly (WildcardPattern | undefined)[],
  text: string,
  effect: Statement['effect'],
): boolean {
  return patterns.some((pattern) => (pattern ? matchesWildcard(pattern, text) : effect === 'Deny'))
}

/** Every operator and key must hold. One that is unknown fails closed: it never lets an Allow match, nor a Deny miss. */
function conditionsHold(
  statement: CompiledStatement,
  context: ConditionContext,
  variables: Variables,
): boolean {
  return Object.entries(statement.conditions).every(([operator, keys]) =>
    Object.entries(keys).every(
      ([key, wanted]) =>
        conditionHolds(operator, wanted, context[key], variables) ?? statement.effect === 'Deny',
    ),
  )
}

/** The operators that are understood; `Arn…` takes wildcards in both its forms, as IAM does. */
const operators: Readonly<Record<string, { readonly exact: boolean; readonly negated: boolean }>> = {
  StringEquals: { exact: true, negated: false },
  StringNotEquals: { exact: true, negated: true },
  StringLike: { exact: false, negated: false },
  StringNotLike: { exact: false, negated: true },
  ArnEquals: { exact: false, negated: false },
  ArnNotEquals: { exact: false, negated: true },
  ArnLike: { exact: false, negated: false },
  ArnNotLike: { exact: false, negated: true },
}

/** Whether one condition holds; undefined when the operator, the key or a variable is unknown. */
function conditionHolds(
  operator: string,
  wanted: readonly string[],
  seen: readonly string[] | undefined,
  variables: Variables,
): boolean | undefined {
  const [quantifier, name] = operator.includes(':') ? operator.split(':') : ['ForAnyValue', operator]
  const known = operators[name ?? '']
  if (!seen || !known || (quantifier !== 'ForAnyValue' && quantifier !== 'ForAllValues')) return undefined
  const patterns = wanted.map((value) =>
    compileWildcard(known.exact ? withoutWildcards(value) : value, variables),
  )
  if (patterns.includes(undefined)) return undefined
  const holds = (value: string): boolean =>
    patterns.some((pattern) => pattern !== undefined && matchesWildcard(pattern, value)) !== known.negated
  return quantifier === 'ForAllValues' ? seen.every(holds) : seen.some(holds)
}

/** `*` and `?` escaped as IAM escapes them, variables left alone. */
function withoutWildcards(value: string): string {
  return value.replaceAll(/\$\{[^}]*\}|[*?]/g, (found) => (found.length > 1 ? found : `\${${found}}`))
}

import { isShared, topicFilterProblem } from '../topics/topic-name.ts'
import type { NewMessage } from '../message.ts'
import { quotaCatalogue } from '../quotas/catalogue.ts'
import { type Action, readAction } from './action.ts'
import { type RuleDefinition, RuleError, type RuleTargets } from './definition.ts'
import { parseStatement } from './sql/parse.ts'
import { SqlError } from './sql/sql-error.ts'
import type { Statement } from './sql/syntax.ts'

/** A rule, read and found good, with what it did. */
export interface Rule {
  readonly name: string
  readonly sql: string
  readonly statement: Statement
  readonly actions: readonly Action[]
  readonly errorAction: Action | undefined
  readonly counts: RuleCounts
}

export interface RuleCounts {
  /** Messages that its topic filter matched, or that Basic Ingest brought. */
  matched: number
  /** Of those, that WHERE let pass. AWS bills each, and each action. docs/aws-iot-core.md §4. */
  triggered: number
  /** Actions carried out. */
  succeeded: number
  /** Actions given up. */
  failed: number
  /** Messages lost for a quota or for want of room. */
  dropped: number
}

const sqlVersion = '2016-03-23'

/** Reads a rule. @throws RuleError for what would not run as AWS runs it, naming what is missing */
export function readRule(
  definition: RuleDefinition,
  targets: RuleTargets,
  republish: (published: NewMessage) => void,
): Rule {
  const { name, sql, actions, errorAction } = definition
  if (!/^\w{1,128}$/.test(name))
    throw new RuleError(JSON.stringify(name), 'its name: expected 1 to 128 letters, digits and _')
  if (definition.sqlVersion !== sqlVersion)
    throw new RuleError(
      name,
      `AwsIotSqlVersion is ${definition.sqlVersion ?? "not given, which is AWS's 2015-10-08"}; this broker runs ${sqlVersion}`,
    )
  const most = quotaCatalogue.actionsPerRule.value
  if (actions.length < 1 || actions.length > most)
    throw new RuleError(name, `has ${actions.length} actions; expected 1 to ${most}`)
  try {
    const statement = parseStatement(sql)
    const { from } = statement
    const problem =
      from === undefined
        ? undefined
        : isShared(from)
          ? { message: 'a rule is no subscriber' }
          : topicFilterProblem(from)
    if (problem) throw new RuleError(name, `FROM ${JSON.stringify(from)}: ${problem.message}`)
    return {
      name,
      sql,
      statement,
      actions: actions.map((action) => readAction(name, action, targets, republish)),
      errorAction: errorAction && readAction(name, errorAction, targets, republish),
      counts: { matched: 0, triggered: 0, succeeded: 0, failed: 0, dropped: 0 },
    }
  } catch (error) {
    if (error instanceof SqlError) throw new RuleError(name, `its SQL: ${error.message}`, { cause: error })
    throw error
  }
}

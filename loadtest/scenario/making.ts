import type { TopicContract } from '../../topics/contract/contract.ts'
import type { LoadLimits, LoadTarget, LoadTopic } from '../plan.ts'
import type { Path } from './problems.ts'
import type { LoadScenario } from './schema.ts'

/** What a scenario becomes a plan with. */
export interface PlanContext {
  readonly contracts: readonly TopicContract[]
  readonly target: LoadTarget
  /** Of the command line; they stand in for the scenario's. */
  readonly params: Readonly<Record<string, string>>
  /** Folder that the scenario's files are relative to. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly run: string
  readonly limits: LoadLimits
}

/** What the parts of the plan are made with. */
export interface Making extends PlanContext {
  readonly scenario: LoadScenario
  readonly problem: (path: Path, what: string) => void
  topic(
    written: string,
    path: Path,
  ): { readonly topic: LoadTopic; readonly contract: TopicContract } | undefined
}

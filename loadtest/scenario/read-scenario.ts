/**
 * Scenario files (YAML): text in, plan out, or every mistake with its line and remedy.
 *
 * @module
 */
import * as v from 'valibot'
import { buildPlan, type PlannedLoad } from './build-plan.ts'
import type { PlanContext } from './making.ts'
import { parseLocated, type Path, type Problem } from './problems.ts'
import { type LoadScenario, loadScenarioSchema } from './schema.ts'

export interface ReadScenario extends PlannedLoad {
  readonly scenario: LoadScenario
}

/**
 * Reads a scenario. `instead` stands in for settings of the file (`seed`, `region`, `projection`). `target` is asked for once
 * the scenario's region is known. Throws LoadScenarioError with a line for each mistake.
 */
export function readLoadScenario(
  source: string,
  file: string,
  context: Omit<PlanContext, 'target'> & { target(region: string | undefined): PlanContext['target'] },
  instead: Partial<Pick<LoadScenario, 'seed' | 'projection'>> = {},
): ReadScenario {
  const yaml = parseLocated(source, file)
  const read = v.safeParse(loadScenarioSchema, yaml.value)
  if (!read.success) yaml.refuse(problemsOf(read.issues))
  const scenario = { ...(read.output as LoadScenario), ...instead }
  const { problems, ...planned } = buildPlan(scenario, {
    ...context,
    target: context.target(scenario.region),
  })
  yaml.refuse(problems)
  return { ...planned, scenario }
}

/** The issues of a schema as problems, each place once. */
function problemsOf(issues: readonly v.BaseIssue<unknown>[]): readonly Problem[] {
  const problems = new Map<string, Problem>()
  for (const issue of issues) {
    // Of a choice between forms, the one that was meant says more than that none fits.
    const deeper = issue.issues?.filter(({ path }) => (path?.length ?? 0) > 0) ?? []
    for (const { path: inner, message } of deeper.length > 0 ? deeper : [issue]) {
      const steps =
        deeper.length > 0 && inner !== issue.path
          ? [...(issue.path ?? []), ...(inner ?? [])]
          : (issue.path ?? [])
      const path: Path = steps.map(({ key }) => (typeof key === 'number' ? key : String(key)))
      const place = path.join('/')
      if (!problems.has(place)) problems.set(place, { path, what: message })
    }
  }
  return [...problems.values()]
}

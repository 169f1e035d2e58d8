/**
 * `npm run load`: from the arguments to the exit code.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { TopicContract } from '../topics/contract/contract.ts'
import { findingText } from '../topics/check/finding.ts'
import { ContractFolderError, loadContracts } from '../topics/check/load-contracts.ts'
import { defaultRegion } from '../topics/cost/prices.ts'
import { announcement } from './announce.ts'
import { PlanRefusedError } from './engine/check-plan.ts'
import { CredentialsMissingError } from './engine/sigv4.ts'
import type { Bill } from './cost/bill.ts'
import { plannedBill } from './cost/planned-bill.ts'
import { projectRun } from './cost/projection.ts'
import { runBill } from './cost/run-bill.ts'
import { loadHelp, type LoadOptions, LoadUsageError, readLoadOptions } from './options.ts'
import type { LoadOutcome, LoadProgress } from './outcome.ts'
import type { LoadPlan } from './plan.ts'
import { PrepareError, prepareTarget } from './prepare.ts'
import { compareRuns } from './report/compare.ts'
import { reportPage } from './report/page.ts'
import { readReport, ReportFileError } from './report/read-report.ts'
import { exitCodeOf, loadReport, type LoadReport } from './report/report.ts'
import { type LiveStream, liveView } from './report/live.ts'
import { wantsColour } from './report/style.ts'
import { reportText } from './report/text.ts'
import { verdicts } from './report/verdict.ts'
import { buildPlan, type PlannedLoad } from './scenario/build-plan.ts'
import { scenarioOfOptions } from './scenario/from-options.ts'
import { LoadScenarioError, pathText } from './scenario/problems.ts'
import { readLoadScenario } from './scenario/read-scenario.ts'
import { chooseTarget, TargetError } from './target.ts'

/** The engine. Resolves whatever happens to the target. */
export type RunLoad = (
  plan: LoadPlan,
  options: { readonly onProgress: (progress: LoadProgress) => void; readonly signal: AbortSignal },
) => Promise<LoadOutcome>

export interface LoadWorld {
  readonly runLoad: RunLoad
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: LiveStream
  /** What is not the report: the announcement, progress, refusals. */
  readonly err: LiveStream
  /** Ends the run early; it still reports. */
  readonly signal: AbortSignal
  /** Part of this run's IDs and keys. */
  readonly run: string
}

/** Does all that the arguments ask for. Answers the exit code. */
export async function load(args: readonly string[], world: LoadWorld): Promise<number> {
  try {
    const options = readLoadOptions(args)
    if (options === 'help') {
      world.out.write(loadHelp)
      return 0
    }
    return options.report === undefined
      ? await run(options, world)
      : showAgain(options.report, options, world)
  } catch (error) {
    if (!isRefusal(error)) throw error
    world.err.write(`${error.message}\n`)
    if (!(error instanceof PrepareError)) return 2
    return world.signal.aborted ? 130 : 1
  }
}

type Planned = PlannedLoad & { readonly projection: LoadOptions['projection'] }

async function run(options: LoadOptions, world: LoadWorld): Promise<number> {
  const { err, env } = world
  const contracts = await contractsOf(options.contracts)
  const { plan, prepare, projection } = planOf(options, contracts, world)
  const earlier =
    options.compare === undefined
      ? undefined
      : readReport(readText(options.compare, '--compare'), options.compare)
  const expected = plannedBill(plan, contracts)
  err.write(`${announcement(plan, expected)}\n`)
  if (options.planOnly) return 0
  await prepareTarget(plan.target, prepare, plan.run, world.signal)
  const view = liveView(err, wantsColour(err, env))
  const outcome = await world.runLoad(plan, {
    onProgress: (progress) => view.show(progress),
    signal: world.signal,
  })
  view.end()
  return tell(reportOf(outcome, expected, projection, earlier), options, world)
}

/** Writes the report wherever it is wanted. Answers the exit code. */
function tell(
  report: LoadReport,
  { json, html }: Pick<LoadOptions, 'json' | 'html'>,
  { out, err, env }: LoadWorld,
): number {
  out.write(reportText(report, { colour: wantsColour(out, env) }))
  if (json !== undefined) save(json, `${JSON.stringify(report)}\n`, err)
  if (html !== undefined) save(html, reportPage(report), err)
  return exitCodeOf(report)
}

/** An earlier run's report, shown anew. */
function showAgain(file: string, options: LoadOptions, world: LoadWorld): number {
  const report = readReport(readText(file, '--report'), file)
  try {
    return tell(report, options, world)
  } catch (cause) {
    // Only --json writes such a file; one that was changed since may lack anything.
    throw new ReportFileError(
      `${file} cannot be shown (${(cause as Error).message}); name a report as --json wrote it`,
      { cause },
    )
  }
}

function reportOf(
  outcome: LoadOutcome,
  expected: Bill,
  projection: LoadOptions['projection'],
  earlier: LoadReport | undefined,
): LoadReport {
  const bill = runBill(outcome)
  const made = {
    verdicts: verdicts(outcome, bill.dollars.total),
    plannedBill: expected,
    bill,
    projection: projection ? projectRun(outcome, projection) : undefined,
  }
  return loadReport(outcome, {
    ...made,
    comparison: earlier ? compareRuns(earlier, { ...outcome, name: outcome.plan.name, bill }) : undefined,
  })
}

function planOf(options: LoadOptions, contracts: readonly TopicContract[], world: LoadWorld): Planned {
  const { env, run } = world
  const context = { contracts, params: options.params, env, run, limits: options.limits }
  const target = (region: string | undefined) =>
    chooseTarget({ ...options, region: options.region ?? region ?? defaultRegion }, env)
  if (options.scenario === undefined) {
    const scenario = scenarioOfOptions(options, contracts)
    const { problems, ...planned } = buildPlan(scenario, {
      ...context,
      folder: '.',
      target: target(undefined),
    })
    if (problems.length > 0)
      throw new LoadUsageError(problems.map(({ path, what }) => `${pathText(path)}: ${what}`).join('\n'))
    return { ...planned, projection: options.projection }
  }
  const { scenario: file } = options
  const read = readLoadScenario(
    readText(file, '--scenario'),
    file,
    { ...context, folder: dirname(resolve(file)), target },
    options.seed === undefined ? {} : { seed: options.seed },
  )
  return { ...read, projection: options.projection ?? read.scenario.projection }
}

async function contractsOf(folder: string): Promise<readonly TopicContract[]> {
  const { contracts, findings } = await loadContracts(folder)
  const [broken] = findings
  if (broken) throw new ContractFolderError(findingText(broken).replace('\n    ', '; '))
  return contracts.map(({ contract }) => contract)
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new LoadUsageError(
      `${option} ${file} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); name a file that is there`,
      { cause },
    )
  }
}

/** Writes a file; a run is not thrown away because its report cannot be saved. */
function save(file: string, text: string, err: LiveStream): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true })
    writeFileSync(file, text)
    err.write(`written: ${file}\n`)
  } catch (error) {
    err.write(
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)}); the report is above\n`,
    )
  }
}

/** What is the person's to mend: one line or more, no stack. */
function isRefusal(error: unknown): error is Error {
  return [
    LoadUsageError,
    LoadScenarioError,
    TargetError,
    PrepareError,
    ReportFileError,
    ContractFolderError,
    PlanRefusedError,
    CredentialsMissingError,
  ].some((kind) => error instanceof kind)
}

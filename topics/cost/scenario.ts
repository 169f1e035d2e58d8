/**
 * Scenario files (YAML): a month in phases, its pages and what differs from the contracts' declared load. docs/cost.md.
 *
 * @module
 */
import * as v from 'valibot'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { TopicContract } from '../contract/contract.ts'
import { type ContractMonth, contractMonth, type Month } from './month.ts'
import { scenarioSchema, type WrittenScenario } from './scenario-schema.ts'
import { oneLine } from './words.ts'

/** A scenario that cannot be read: `FILE:LINE: value and remedy`, one line. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
  readonly code = 'MALFORMED_SCENARIO'
}

/**
 * Reads a scenario's text as a month of those contracts that it names; `audience` and `region` in place of the file's.
 * Throws ScenarioError that names the file, the line, the value and the remedy.
 */
export function readScenario(
  source: string,
  file: string,
  contracts: readonly TopicContract[],
  instead: { readonly audience?: number; readonly region?: string } = {},
): Month {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const fail = (line: number, problem: string): never => {
    throw new ScenarioError(`${file}:${line}: ${problem}`)
  }
  const [broken] = document.errors
  if (broken) {
    fail(lines.linePos(broken.pos[0]).line, `is no YAML (${oneLine(broken.message)}); mend it there`)
  }
  const lineAt = (path: readonly unknown[]): number => lineOfPath(document.contents, path, lines)
  const raw = ((): unknown => {
    try {
      return document.toJS({ maxAliasCount: 100 })
    } catch (error) {
      return fail(
        1,
        `cannot be read (${oneLine((error as Error).message)}); write its values out instead of aliases`,
      )
    }
  })()
  const result = v.safeParse(scenarioSchema, raw)
  if (!result.success) {
    const [issue] = result.issues
    const path = (issue.path ?? []).map(({ key }) => key)
    const name = oneLine(path.map(String).join(' › '))
    fail(lineAt(path), `${name === '' ? 'the scenario' : name}: ${issueText(issue)}`)
    throw new Error('unreachable')
  }
  const { output } = result
  const topics = new Set<string>(contracts.map(({ topic }) => topic))
  const known = (topic: string, path: readonly unknown[]): void => {
    if (topics.has(topic)) return
    fail(
      lineAt(path),
      `${path.filter((key) => typeof key === 'string' && key !== topic).join(' › ')}: no contract has the pattern ${oneLine(JSON.stringify(topic))}; there are ${[...topics].join(', ')}`,
    )
  }
  for (const [index, page] of output.pages.entries())
    for (const [place, topic] of page.hears.entries()) known(topic, ['pages', index, 'hears', place])
  for (const [index, phase] of output.phases.entries())
    for (const topic of phase.rates.keys()) known(topic, ['phases', index, 'rates', topic])
  for (const topic of output.contracts.keys()) known(topic, ['contracts', topic])
  const hours = output.phases.reduce((sum, phase) => sum + phase.hours, 0)
  if (hours > 744)
    fail(lineAt(['phases']), `phases: their hours are ${hours} together, and a month has 744 at the most`)
  const shares = output.pages.reduce((sum, page) => sum + page.share, 0)
  if (shares > 1.000_001)
    fail(
      lineAt(['pages']),
      `pages: their shares are ${shares} together; they are parts of the audience, 1 at the most`,
    )
  return monthOf(output, contracts, instead)
}

function monthOf(
  written: WrittenScenario,
  contracts: readonly TopicContract[],
  instead: { readonly audience?: number; readonly region?: string },
): Month {
  const audience = instead.audience ?? written.audience
  const named = new Set([
    ...written.pages.flatMap(({ hears }) => hears),
    ...written.phases.flatMap(({ rates }) => [...rates.keys()]),
    ...written.contracts.keys(),
  ])
  return {
    name: written.name,
    region: instead.region ?? written.region,
    audience,
    raised: Object.fromEntries(written.quotas),
    phases: written.phases.map(({ name }) => name),
    contracts: contracts
      .filter(({ topic }) => named.has(topic))
      .map((contract) => scenarioContract(contract, written, audience)),
    pages: written.pages.map(({ name, hears, minutes, share }) => ({
      name,
      hears,
      minutes,
      spans: written.phases.map((phase, index) => ({
        phase: index,
        hours: phase.hours,
        people: audience * share * phase.share,
      })),
    })),
  }
}

function scenarioContract(
  contract: TopicContract,
  written: WrittenScenario,
  audience: number,
): ContractMonth {
  const given = written.contracts.get(contract.topic)
  const base = contractMonth(contract)
  const topics = given?.topics ?? base.topics
  const recorded = contract.kind !== 'signal'
  const heardBy = written.pages
    .filter(({ hears }) => hears.includes(contract.topic))
    .reduce((sum, page) => sum + page.share, 0)
  return {
    ...base,
    topics,
    qos: given?.qos ?? base.qos,
    paceSeconds: recorded ? (given?.paceSeconds ?? base.paceSeconds) : 0,
    auto: recorded && (given?.pace === undefined ? base.auto : given.pace === 'auto'),
    messageBytes: given?.messageBytes,
    spans: written.phases.map((phase, index) => ({
      phase: index,
      hours: phase.hours,
      rate: phase.rates.get(contract.topic) ?? phase.rate ?? contract.load.rate,
      audience: topics === 0 ? 0 : (audience * heardBy * phase.share) / topics,
    })),
  }
}

function issueText({ type, expected, received }: v.BaseIssue<unknown>): string {
  if (type === 'strict_object' && expected === 'never')
    return 'is no setting of a scenario; docs/cost.md lists them'
  if (received === 'undefined') return 'is missing; docs/cost.md says what stands there'
  if (type === 'regex') return `got ${oneLine(received)}, expected one line of text`
  if (type === 'check') return 'names a topic twice'
  const wanted = type === 'custom' ? 'Object' : (expected ?? 'another value')
  return `got ${oneLine(received)}, expected ${/^[<>]/.test(wanted) ? `a number ${wanted}` : wanted}`
}

/** The line of the node at `path`, or of the innermost one that is there. */
function lineOfPath(contents: Node | null, path: readonly unknown[], lines: LineCounter): number {
  let node: unknown = contents
  let offset = contents?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key)
      if (!pair) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else break
  }
  return lines.linePos(offset).line
}

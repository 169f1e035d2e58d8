/**
 * What is wrong with a scenario: every mistake with its line, its value and the remedy.
 *
 * @module
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** Where a value stands: `['phases', 0, 'duration']`. */
export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  /** The value seen and the remedy, without the path. */
  readonly what: string
}

/** A scenario that cannot be run; the message has a line `FILE:LINE: PATH: value; remedy` for each mistake. */
export class LoadScenarioError extends Error {
  override readonly name = 'LoadScenarioError'
  readonly code = 'MALFORMED_SCENARIO'
}

/** A parsed file: its value, and how to say where something in it stands. */
export interface LocatedYaml {
  readonly value: unknown
  /** Of the node at `path`, or of the innermost one that is there; from 1. */
  lineOf(path: Path): number
  /** Throws the problems in the order of their lines. Returns when there are none. */
  refuse(problems: readonly Problem[]): void
}

/** Nobody writes a longer one by hand, and reading it would take minutes. */
const sourceMost = 256 * 1024
/** Mistakes that are told at once. */
const toldMost = 50

/** Parses a file. Throws LoadScenarioError for what is no YAML. Merge keys (`<<`) and aliases are resolved. */
export function parseLocated(source: string, file: string): LocatedYaml {
  if (source.length > sourceMost)
    throw new LoadScenarioError(
      `${file}:1: has ${source.length} characters, at most ${sourceMost} are read; give a shorter scenario, with its rows in a CSV file of \`arrivals\``,
    )
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, merge: true })
  if (document.errors.length > 0) {
    throw new LoadScenarioError(
      document.errors
        .map(
          ({ pos, message }) =>
            `${file}:${lines.linePos(pos[0]).line}: is no YAML (${message.split('\n')[0] ?? ''}); mend it there${/flow/i.test(message) ? ", and put a text with { } in quotes: 'campaigns/{campaignId}/total'" : ''}`,
        )
        .join('\n'),
    )
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new LoadScenarioError(
      `${file}:1: cannot be read (${(cause as Error).message}); write values out instead of so many aliases`,
      { cause },
    )
  }
  const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line
  return {
    value,
    lineOf,
    refuse(problems) {
      if (problems.length === 0) return
      const located = problems.slice(0, toldMost).map((problem) => ({ line: lineOf(problem.path), problem }))
      const more = problems.length - located.length
      throw new LoadScenarioError(
        located
          .toSorted((a, b) => a.line - b.line)
          .map(({ line, problem }) => `${file}:${line}: ${pathText(problem.path)}: ${problem.what}`)
          .concat(more > 0 ? [`and ${more} more`] : [])
          .join('\n'),
      )
    },
  }
}

/** `phases › 1 › duration`, list places counted from 1 as people do. */
export function pathText(path: Path): string {
  const steps = path.map((key) => (typeof key === 'number' ? `${key + 1}` : key))
  return steps.length === 0 ? 'the scenario' : steps.join(' › ')
}

function offsetOf(document: ReturnType<typeof parseDocument>, path: Path): number {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node)
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const key of path) {
    node = resolved(node)
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key)
      if (!pair) return offset
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

/**
 * Reads the contracts of a folder: imports its files, and remembers where each contract stands.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TopicContract } from '../contract/contract.ts'
import { TopicContractError } from '../contract/errors.ts'
import { parsePattern } from '../contract/pattern.ts'
import { oneLine } from '../cost/words.ts'
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'
import { nameFindings } from './names.ts'
import { descriptionAbove, escaped, lineOfExport, lineOfProperty } from './source-lines.ts'

export interface LoadedContracts {
  readonly contracts: readonly LocatedContract[]
  /** Files that could not be read as contracts. */
  readonly findings: readonly Finding[]
}

/** The folder has no contracts, or is none: one line with the remedy. */
export class ContractFolderError extends Error {
  override readonly name = 'ContractFolderError'
  readonly code = 'NO_CONTRACTS'
}

/** What stands in such a folder without being a contract; editors keep their own files there, whose names begin with a dot. */
const notContracts = /^(index|registry)\.ts$|\.test\.ts$|\.d\.ts$|^\./

/** So long after the last file that was imported the others may take. */
const importMs = 10_000

const kinds: ReadonlySet<unknown> = new Set(['state', 'feed', 'inbox', 'signal'])

/**
 * Every contract that a file directly in `folder` exports. Rejects with ContractFolderError when there is none.
 * `importMs`: a file that takes so much longer than the others (a top-level await that nothing settles) is a finding. Default: 10000.
 */
export async function loadContracts(
  folder: string,
  options: { readonly importMs?: number } = {},
): Promise<LoadedContracts> {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !notContracts.test(name))
  } catch (cause) {
    throw new ContractFolderError(
      `the folder ${folder} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); name the folder with the contracts: --contracts FOLDER`,
      { cause },
    )
  }
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), options.importMs ?? importMs)
  const read = await Promise.all(
    names.toSorted().map(async (name) => {
      const loaded = await loadFile(join(folder, name), late.promise)
      timer.refresh()
      return loaded
    }),
  )
  clearTimeout(timer)
  const contracts = read.flatMap((file) => file.contracts)
  const findings = [...read.flatMap((file) => file.findings), ...nameFindings(onlyFirst(contracts))]
  if (contracts.length === 0 && findings.length === 0) {
    throw new ContractFolderError(
      `no file in ${folder} exports a contract; add one (topics/campaign-total.ts is one), or name another folder: --contracts FOLDER`,
    )
  }
  return { contracts: onlyFirst(contracts), findings }
}

async function loadFile(file: string, late: Promise<'late'>): Promise<LoadedContracts> {
  const path = resolve(file)
  let exported: readonly (readonly [string, TopicContract])[]
  try {
    const loaded = await Promise.race([import(pathToFileURL(path).href) as Promise<object>, late])
    if (loaded === 'late')
      return { contracts: [], findings: [brokenFile(file, new Error('it does not end'))] }
    exported = Object.entries(loaded).filter((entry): entry is [string, TopicContract] =>
      looksLikeContract(entry[1]),
    )
  } catch (error) {
    return { contracts: [], findings: [brokenFile(file, error)] }
  }
  const found = exported.filter(([, contract]) => isMade(contract))
  const findings = exported
    .filter((one) => !found.includes(one))
    .map(([name, contract]) => handMade(file, path, name, contract))
  if (found.length === 0) return { contracts: [], findings }
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  if (existsSync(join(dirname(path), 'registry.ts'))) {
    findings.push(
      ...found
        .filter(([name]) => !isListed(text, name))
        .map(([name, { topic }]) => unlisted(file, lines, name, topic)),
    )
  }
  const starts = found.map(([name, contract]) => lineOfExport(lines, name, contract.topic))
  return {
    contracts: found.map(([name, contract], index) => {
      const line = starts[index] ?? 1
      const end = Math.min(lines.length, ...starts.filter((start) => start > line).map((start) => start - 1))
      return {
        name,
        contract,
        file,
        line,
        description: descriptionAbove(lines, line),
        lineOf: (property) => lineOfProperty(lines, property, line, end),
      }
    }),
    findings,
  }
}

function looksLikeContract(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { topic, kind } = value as { topic?: unknown; kind?: unknown }
  return typeof topic === 'string' && kinds.has(kind)
}

/** Whether `state`, `feed`, `inbox` or `signal` made it, as far as one can see: they leave nothing out, and check the pattern. */
function isMade({ topic, type, version, maxBytes, load, subscribe }: Partial<TopicContract>): boolean {
  try {
    parsePattern(topic ?? '')
  } catch {
    // Whatever is wrong with it, the makers would have refused it.
    return false
  }
  return (
    typeof type === 'string' &&
    typeof version === 'number' &&
    typeof maxBytes === 'number' &&
    typeof load === 'object' &&
    typeof subscribe === 'object'
  )
}

function handMade(file: string, path: string, name: string, { topic }: TopicContract): Finding {
  return {
    level: 'error',
    code: 'MALFORMED_CONTRACT',
    file,
    line: lineOfExport(readFileSync(path, 'utf8').split('\n'), name, topic),
    topic,
    problem: `${name} looks like a contract, and neither state, feed, inbox nor signal made it`,
    remedy: 'make it with one of them: they check it and fill in the defaults',
  }
}

/** Whether `npm run topics` (scripts/build/registry.ts) sees the contract: it reads the text, and runs nothing. */
function isListed(text: string, name: string): boolean {
  return new RegExp(`^export const ${escaped(name)}\\s*=\\s*(?:state|feed|inbox|signal)\\b`, 'm').test(text)
}

function unlisted(file: string, lines: readonly string[], name: string, topic: string): Finding {
  return {
    level: 'error',
    code: 'NOT_LISTED',
    file,
    line: lineOfExport(lines, name, topic),
    topic,
    problem: `${name} is not exported where it is made, so topics/registry.ts misses it and no function knows it`,
    remedy: `write \`export const ${name} = state(…)\`, or feed, inbox or signal, at the start of a line`,
  }
}

/** A contract that two files export is the first one's. */
function onlyFirst(contracts: readonly LocatedContract[]): readonly LocatedContract[] {
  const seen = new Set<TopicContract>()
  return contracts.filter(({ contract }) => !seen.has(contract) && seen.add(contract))
}

function brokenFile(file: string, error: unknown): Finding {
  const problem = messageOf(error)
  const [, line = '1'] =
    new RegExp(`(?:^|[\\s/\\\\])${escaped(basename(file))}:(\\d+)`).exec(
      error instanceof Error ? (error.stack ?? '') : '',
    ) ?? []
  const place = { level: 'error', file, line: Number(line) } as const
  if (error instanceof TopicContractError) {
    const said = problem.replace(`. ${error.remedy}.`, '')
    return { ...place, code: error.code, problem: said, remedy: error.remedy }
  }
  return {
    ...place,
    code: 'UNREADABLE_FILE',
    problem: `the file cannot be imported: ${oneLine(problem)}`,
    remedy: 'mend it until it runs by itself: node FILE',
  }
}

/** What was thrown, which may be anything. */
function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? (thrown.message as unknown) : thrown)
  } catch {
    // An object without a prototype, or with a toString that throws.
    return 'it threw what has no text'
  }
}

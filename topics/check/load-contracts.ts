/**
 * Reads the contracts of a folder: imports its files, and remembers where each contract stands.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TopicContract } from '../contract/contract.ts'
import { TopicContractError } from '../contract/errors.ts'
import { parsePattern } from '../contract/pattern.ts'
import type { Finding } from './finding.ts'

export interface LocatedContract {
  /** Name of its export. */
  readonly name: string
  readonly contract: TopicContract
  readonly file: string
  /** Of its export, from 1. */
  readonly line: number
  /** Its doc comment's text; empty without one. */
  readonly description: string
  /** The line within the contract that names a property, or the contract's own. */
  lineOf(property: string): number
}

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

/** What stands in such a folder without being a contract. */
const notContracts = /^(index|registry)\.ts$|\.test\.ts$|\.d\.ts$/

const kinds: ReadonlySet<unknown> = new Set(['state', 'feed', 'inbox', 'signal'])

/** Every contract that a file directly in `folder` exports. Rejects with ContractFolderError when there is none. */
export async function loadContracts(folder: string): Promise<LoadedContracts> {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !notContracts.test(name))
  } catch (cause) {
    throw new ContractFolderError(
      `the folder ${folder} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); name the folder with the contracts: --contracts FOLDER`,
      { cause },
    )
  }
  const read = await Promise.all(names.toSorted().map((name) => loadFile(join(folder, name))))
  const contracts = read.flatMap((file) => file.contracts)
  const findings = read.flatMap((file) => file.findings)
  if (contracts.length === 0 && findings.length === 0) {
    throw new ContractFolderError(
      `no file in ${folder} exports a contract; add one (topics/campaign-total.ts is one), or name another folder: --contracts FOLDER`,
    )
  }
  return { contracts: onlyFirst(contracts), findings }
}

async function loadFile(file: string): Promise<LoadedContracts> {
  const path = resolve(file)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    return { contracts: [], findings: [brokenFile(file, error)] }
  }
  const alike = Object.entries(exported).filter((entry): entry is [string, TopicContract] =>
    looksLikeContract(entry[1]),
  )
  const found = alike.filter(([, contract]) => isMade(contract))
  const findings = alike
    .filter((one) => !found.includes(one))
    .map(([name, contract]) => handMade(file, path, name, contract))
  if (found.length === 0) return { contracts: [], findings }
  const lines = readFileSync(path, 'utf8').split('\n')
  const starts = found.map(([name]) => lineOfExport(lines, name))
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
    line: lineOfExport(readFileSync(path, 'utf8').split('\n'), name),
    topic,
    problem: `${name} looks like a contract, and neither state, feed, inbox nor signal made it`,
    remedy: 'make it with one of them: they check it and fill in the defaults',
  }
}

/** A contract that two files export is the first one's. */
function onlyFirst(contracts: readonly LocatedContract[]): readonly LocatedContract[] {
  const seen = new Set<TopicContract>()
  return contracts.filter(({ contract }) => !seen.has(contract) && seen.add(contract))
}

function lineOfExport(lines: readonly string[], name: string): number {
  const place = new RegExp(`^export\\s+const\\s+${name}\\b`)
  const index = lines.findIndex((line) => place.test(line))
  return index === -1 ? 1 : index + 1
}

/** The text of the doc comment that ends on the line above. */
function descriptionAbove(lines: readonly string[], line: number): string {
  let from = line - 2
  if (!lines[from]?.trim().endsWith('*/')) return ''
  while (from >= 0 && !lines[from]?.trim().startsWith('/**')) from--
  return lines
    .slice(Math.max(0, from), line - 1)
    .map((text) =>
      text
        .trim()
        .replace(/^\/\*\*|\*\/$/g, '')
        .replace(/^\s*\*\s?/, '')
        .replace(/\*\/$/, '')
        .trim(),
    )
    .filter((text) => text !== '')
    .join(' ')
}

function lineOfProperty(lines: readonly string[], property: string, from: number, to: number): number {
  const place = new RegExp(`(^|[\\s{,])${property}\\s*[:,]`)
  for (let line = from; line <= to; line++) if (place.test(lines[line - 1] ?? '')) return line
  return from
}

function brokenFile(file: string, error: unknown): Finding {
  const problem = error instanceof Error ? error.message : String(error)
  const [, line = '1'] =
    new RegExp(`${basename(file).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}:(\\d+)`).exec(
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
    problem: `the file cannot be imported: ${problem.split('\n')[0] ?? ''}`,
    remedy: 'mend it until it runs by itself: node FILE',
  }
}

/**
 * Makes `topics/registry.ts`, the list of every topic contract, from the contract files beside it: a new topic is one
 * file, and this list is never edited by hand.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What stands in `topics/` without being a contract. */
const notContracts = /^(index|registry)\.ts$|\.test\.ts$|\.d\.ts$/

const contractExport = /^export const (\w+)\s*=\s*(?:state|feed|inbox|signal)(?:<[^>]*>)?\(/gm

/** A contract as the registry imports it. */
export interface RegistryEntry {
  /** `campaignTotal` */
  readonly name: string
  /** `./campaign-total.ts` */
  readonly file: string
}

/** The contracts in `sources` (file name → text), by file and then as they stand in it. */
export function findContracts(sources: ReadonlyMap<string, string>): readonly RegistryEntry[] {
  return [...sources.keys()]
    .filter((file) => file.endsWith('.ts') && !notContracts.test(file))
    .sort()
    .flatMap((file) =>
      [...(sources.get(file) ?? '').matchAll(contractExport)].map(([, name = '']) => ({
        name,
        file: `./${file}`,
      })),
    )
}

/** The text of `registry.ts`, as the formatter leaves it. */
export function registryText(entries: readonly RegistryEntry[]): string {
  const files = new Map<string, string[]>()
  for (const { name, file } of entries) files.set(file, [...(files.get(file) ?? []), name])
  const imports = [...files].map(([file, names]) => `import { ${names.join(', ')} } from '${file}'\n`)
  imports.push(`import type { TopicContract } from './contract/index.ts'\n`)
  const names = entries.map(({ name }) => name)
  const oneLine = `export const contracts: readonly TopicContract[] = [${names.join(', ')}]\n`
  const list =
    oneLine.length <= 111
      ? oneLine
      : `export const contracts: readonly TopicContract[] = [\n${names.map((name) => `  ${name},\n`).join('')}]\n`
  return (
    '// Made by `npm run topics` from the files beside it; `npm start` and the deploy build make it anew. Do not edit.\n' +
    `${imports.join('')}\n/** Every topic contract of the project. */\n${list}`
  )
}

/** Whether `topics/registry.ts` under `root` is what its neighbours say; `write` makes it so when it is not. */
export function updateRegistry(
  root: string,
  { write }: { readonly write: boolean },
): { readonly current: boolean; readonly contracts: readonly RegistryEntry[] } {
  const folder = join(root, 'topics')
  const sources = new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => [entry.name, readFileSync(join(folder, entry.name), 'utf8')]),
  )
  const contracts = findContracts(sources)
  const text = registryText(contracts)
  const current = sources.get('registry.ts') === text
  if (!current && write) writeFileSync(join(folder, 'registry.ts'), text)
  return { current, contracts }
}

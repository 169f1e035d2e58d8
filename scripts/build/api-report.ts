/**
 * What a door offers, as text that is committed, so that a change of it is seen. Made from the declarations that the
 * package ships. (API Extractor's current release is of 2018 and reads no such declarations.)
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { doors } from './package.ts'

/** The file of each door's report under `root`, and what it has to say. */
export function apiReports(root: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(doors).map(([door, file]) => {
      const name = door.slice(2).replaceAll('/', '-')
      const entry = join(root, 'dist', file.replace(/\.ts$/, '.d.ts'))
      return [
        join(root, 'api', `${name}.api.txt`),
        `fanfare/${door.slice(2)}\n\n${exportsOf(entry).join('\n\n')}\n`,
      ]
    }),
  )
}

/** The reports that are not as they were committed, as paths. */
export function apiChanges(root: string): readonly string[] {
  const reports = apiReports(root)
  const left = readdirSync(join(root, 'api')).map((name) => join(root, 'api', name))
  const changed = [...reports].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
  )
  return [...changed.map(([path]) => path), ...left.filter((path) => !reports.has(path))]
}

/** Writes the reports. */
export function writeApiReports(root: string): void {
  rmSync(join(root, 'api'), { recursive: true, force: true })
  mkdirSync(join(root, 'api'))
  for (const [path, text] of apiReports(root)) writeFileSync(path, text)
}

/** Declarations of everything that a file exports, by name. */
function exportsOf(entry: string): string[] {
  const found = new Map<string, string>()
  collect(entry, undefined, found)
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
}

/** `names`: exported name by the file's own name; undefined for all. */
function collect(
  file: string,
  names: ReadonlyMap<string, string> | undefined,
  found: Map<string, string>,
): void {
  const text = withoutComments(readFileSync(file, 'utf8'))
  for (const [, list, from] of text.matchAll(/^export (?:type )?(\{[^}]*\}|\*) from ['"](\.[^'"]+)['"];/gm)) {
    const inner = list === '*' ? undefined : namesIn(list ?? '')
    const wanted = inner ? new Map([...inner].filter(([, exported]) => !names || names.has(exported))) : names
    if (wanted?.size !== 0)
      collect(join(dirname(file), (from ?? '').replace(/\.js$/, '.d.ts')), wanted, found)
  }
  for (const declaration of declarations(text)) {
    const own = /^export (?:declare |abstract )*(?:interface|class|function|const|type|let) (\w+)/.exec(
      declaration,
    )?.[1]
    const exported = own === undefined ? undefined : names ? names.get(own) : own
    if (exported !== undefined) {
      // Overloads follow each other.
      const before = found.get(exported)
      found.set(exported, before ? `${before}\n${declaration}` : declaration)
    }
  }
}

/** `{ a, type b as c }`: the exported name by the file's own. */
function namesIn(list: string): Map<string, string> {
  const names = list.replace(/[{}]/g, '').split(',')
  return new Map(
    names.flatMap((part) => {
      const [own, exported = own] = part
        .trim()
        .replace(/^type /, '')
        .split(/ as /)
      return own ? [[own, exported ?? own] as const] : []
    }),
  )
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\n\s*\n/g, '\n')
}

/** Top-level statements that export, each from its first line to the one where its brackets are closed. */
function declarations(text: string): string[] {
  const all: string[] = []
  let depth = 0
  let open: string[] = []
  for (const line of text.split('\n')) {
    if (open.length === 0 && !line.startsWith('export ')) continue
    open.push(line)
    for (const character of line.replaceAll('=>', '')) {
      if ('({[<'.includes(character)) depth++
      else if (')}]>'.includes(character)) depth--
    }
    if (depth === 0 && /[;}]$/.test(line)) {
      all.push(open.join('\n'))
      open = []
    }
  }
  return all
}

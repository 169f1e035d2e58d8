/**
 * What the code says of events: which there are, which functions make them, and which each handler consumes. Definitions
 * and handlers are imported; what a function makes is read from the modules that its handler imports.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Template, TemplateFunction } from '../../local/template/index.ts'

/** A type of message. */
export interface MessageType {
  readonly type: string
  /** `event`: for whoever subscribes. `request`, `reply` and `deadline`: for one queue. */
  readonly kind: 'event' | 'request' | 'reply' | 'deadline'
  /** Where it is defined: `functions/contact/contact.ts`. */
  readonly file: string
}

/** What the code says. */
export interface CodeFacts {
  readonly types: readonly MessageType[]
  /** Types that a function makes, by its key. */
  readonly makes: ReadonlyMap<string, readonly string[]>
  /** Types that a function consumes, by its key; absent for one that is no queueHandler. */
  readonly consumes: ReadonlyMap<string, readonly string[]>
  /** What could not be read, in words. */
  readonly problems: readonly string[]
}

interface Definition {
  readonly name: string
  readonly types: readonly MessageType[]
}

/** Reads the handlers of `template`, whose modules are beneath `root`. */
export async function readCode(root: string, template: Template): Promise<CodeFacts> {
  const functions = Object.values(template.functions)
  const modules = await importedModules(root, functions)
  const problems: string[] = []
  const sources = new Map<string, string>()
  for (const file of new Set([...modules.values()].flat())) {
    // The bus itself makes events of whoever calls it.
    if (!/platform\/bus\//.test(file)) sources.set(file, readFileSync(join(root, file), 'utf8'))
  }
  // A handler reads its environment when it is imported.
  for (const { environment } of functions) {
    for (const [name, value] of Object.entries(environment)) process.env[name] ??= value
  }
  process.env['AWS_REGION'] ??= template.region

  const definitions: Definition[] = []
  for (const [file, source] of sources) {
    if (!/\bdefine(Event|Request)\(/.test(source)) continue
    definitions.push(...definitionsOf(file, await importModule(join(root, file), problems)))
  }
  const named = new Map(definitions.map((definition) => [definition.name, definition]))

  const makes = new Map<string, readonly string[]>()
  const consumes = new Map<string, readonly string[]>()
  for (const { key, module, exportName, events } of functions) {
    const made = (modules.get(key) ?? []).flatMap((file) =>
      madeIn(file, sources.get(file) ?? '', named, problems),
    )
    if (made.length > 0) makes.set(key, [...new Set(made)].toSorted())
    if (!events.some(({ type }) => type === 'sqs')) continue
    const handler = (await importModule(join(root, `${module}.ts`), problems))[exportName]
    const types: unknown = (handler as { consumes?: unknown } | undefined)?.consumes
    if (Array.isArray(types)) consumes.set(key, types.map(String).toSorted())
  }
  const types = definitions.flatMap((definition) => definition.types)
  return {
    types: types.toSorted((a, b) => a.type.localeCompare(b.type)),
    makes,
    consumes,
    problems: [...new Set(problems)],
  }
}

/** The project's modules that each function's handler imports, itself included, by the function's key. */
async function importedModules(
  root: string,
  functions: readonly TemplateFunction[],
): Promise<Map<string, readonly string[]>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...new Set(functions.map(({ module }) => `${module}.ts`))],
    outdir: 'none',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  })
  return new Map(
    functions.map(({ key, module }) => {
      const found = new Set([`${module}.ts`])
      for (const file of found) {
        for (const { path, external } of metafile.inputs[file]?.imports ?? []) if (!external) found.add(path)
      }
      return [key, [...found]]
    }),
  )
}

async function importModule(path: string, problems: string[]): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    problems.push(`${path} cannot be imported: ${error instanceof Error ? error.message : String(error)}`)
    return {}
  }
}

function definitionsOf(file: string, exported: Readonly<Record<string, unknown>>): Definition[] {
  return Object.entries(exported).flatMap(([name, value]): Definition[] => {
    if (typeof value !== 'object' || value === null || !('type' in value) || !('source' in value)) return []
    const type = String(value.type)
    if ('schema' in value) return [{ name, types: [{ type, kind: 'event', file }] }]
    if (!('deadlineSeconds' in value)) return []
    const types = [
      { type, kind: 'request', file },
      { type: `${type}.replied`, kind: 'reply', file },
      { type: `${type}.deadline`, kind: 'deadline', file },
    ] as const
    return [{ name, types }]
  })
}

/** Types of `makeEvent(definition, …)`, `requestItems(definition, …)` and `worker(definition, …)` in a module. */
function madeIn(
  file: string,
  source: string,
  named: ReadonlyMap<string, Definition>,
  problems: string[],
): string[] {
  return [...source.matchAll(/\b(makeEvent|requestItems|worker)\(\s*([A-Za-z_$][\w$]*)\s*,/g)].flatMap(
    ([, call = '', name = '']) => {
      const types = named.get(name)?.types
      if (!types) {
        problems.push(
          `${file} calls ${call}(${name}, …), and no module exports a definition of that name: export it, and name it in the call`,
        )
        return []
      }
      const wanted =
        { makeEvent: ['event'], requestItems: ['request', 'deadline'], worker: ['reply'] }[call] ?? []
      return types.filter(({ kind }) => wanted.includes(kind)).map(({ type }) => type)
    },
  )
}

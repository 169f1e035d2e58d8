/**
 * `serverless package` on a copy of the project, as someone with no AWS account and no network would run it.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Resource, Resources, Statement, Value } from '../../scripts/deploy/cloudformation.ts'

const run = promisify(execFile)
const project = join(import.meta.dirname, '..', '..')

/** A copy of what the deploy build reads, in a folder of its own. */
export function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-deploy-'))
  for (const name of ['topics', 'functions', 'scripts', 'serverless.yml', 'package.json', 'tsconfig.json']) {
    cpSync(join(project, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Runs osls in `folder`, without credentials and with a proxy that leads nowhere. Throws with its output when it fails. */
export async function serverless(folder: string, ...args: readonly string[]): Promise<void> {
  const cli = join(project, 'node_modules', 'serverless', 'bin', 'serverless.js')
  const nowhere = 'http://127.0.0.1:9'
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    AWS_EC2_METADATA_DISABLED: 'true',
    CI: 'true',
  }
  try {
    await run(process.execPath, [cli, ...args], { cwd: folder, env })
  } catch (error) {
    // osls says what is wrong on its standard output, which the error's own message leaves out.
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`serverless ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })
  }
}

/** The CloudFormation template that `serverless package` left in `folder`. */
export function compiledResources(folder: string): Resources {
  const file = join(folder, '.serverless', 'cloudformation-template-update-stack.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { Resources: Resources }).Resources
}

/** The resources of a type, with their logical ids. */
export function resourcesOf(resources: Resources, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type)
}

/** A property that is a map. Empty when it is absent. */
export function mapOf(resource: Resource | undefined, property: string): Readonly<Record<string, Value>> {
  return (resource?.Properties?.[property] ?? {}) as Readonly<Record<string, Value>>
}

/** The statements of a role's only policy. */
export function statementsOf(role: Resource | undefined): readonly Statement[] {
  const policies = role?.Properties?.['Policies'] as unknown as
    | readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[]
    | undefined
  if (policies?.length !== 1) throw new Error(`expected one policy, got ${JSON.stringify(policies)}`)
  return policies[0]?.PolicyDocument.Statement ?? []
}

/** A property that is a text. Throws for anything else, so that a test never passes on `[object Object]`. */
export function textOf(resource: Resource | undefined, property: string): string {
  const value = resource?.Properties?.[property]
  if (typeof value !== 'string')
    throw new Error(`expected a text in ${property}, got ${JSON.stringify(value)}`)
  return value
}

/** `functions/live/session.handler` and `handler` of a function's `Handler`. */
export function handlerOf(lambda: Resource | undefined): readonly [module: string, name: string] {
  const handler = textOf(lambda, 'Handler')
  const dot = handler.lastIndexOf('.')
  return [handler.slice(0, dot), handler.slice(dot + 1)]
}

/** Logical ids and pseudo parameters that a part of a template refers to, by Ref, Fn::GetAtt, Fn::Sub or DependsOn. */
export function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): readonly string[] => {
    if (key === 'Ref' || key === 'DependsOn') return [inner].flat().map(String)
    if (key === 'Fn::GetAtt') return [String([inner].flat()[0]).split('.')[0] ?? '']
    if (key === 'Fn::Sub' && typeof inner === 'string') {
      return [...inner.matchAll(/\$\{([\w:]+)/g)].map(([, name = '']) => name)
    }
    return referencesIn(inner)
  })
}

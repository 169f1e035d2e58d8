/** A small project in a temporary folder: a serverless.yml and handlers, for tests of the host. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readTemplate, type Template } from '../../template/index.ts'

export interface FixtureProject {
  readonly root: string
  readonly template: Template
  readonly write: (file: string, text: string) => void
  readonly remove: () => void
}

/** `functions`: key → the handler's source; `settings`: key → lines of its YAML, as `timeout: 1`. */
export function fixtureProject(
  functions: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): FixtureProject {
  const root = mkdtempSync(join(tmpdir(), 'fanfare-lambda-'))
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  symlinkSync(join(import.meta.dirname, '..', '..', '..', 'node_modules'), join(root, 'node_modules'))
  for (const [key, source] of Object.entries(functions)) write(`functions/${key}.ts`, source)
  const yaml = Object.keys(functions).map(
    (key) =>
      `  ${key}:\n    handler: functions/${key}.handler\n${settings[key] ? `    ${settings[key]}\n` : ''}`,
  )
  const template = readTemplate(`service: shop\nprovider:\n  name: aws\nfunctions:\n${yaml.join('')}`, {
    env: {},
  })
  return { root, template, write, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/**
 * Makes docs/configuration.md from what reads the settings, and finds where two of those disagree.
 *
 * @module
 */

/** A variable as the page shows it. */
export interface Setting {
  readonly meaning: string
  /** Undefined when it has none. */
  readonly default?: string | undefined
}

export type Settings = Readonly<Record<string, Setting>>

export interface ConfigurationSources {
  /** What `npm start` reads. */
  readonly local: Settings
  /** What functions read. */
  readonly functions: Settings
  /** Meanings of what serverless.yml reads and no function does. */
  readonly deployment: Readonly<Record<string, string>>
  /** What the commands read. */
  readonly tools: Settings
  /** The text of serverless.yml. */
  readonly serverless: string
}

const environmentReference = /\$\{env:(\w+)(?:,\s*'([^']*)')?\}/g

/** The variables that serverless.yml reads from whoever deploys, with their defaults. Throws where one has two. */
export function deploymentVariables(serverless: string): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>()
  for (const [, name = '', value] of serverless.matchAll(environmentReference)) {
    if (found.has(name) && found.get(name) !== value) {
      throw new Error(
        `serverless.yml gives ${name} two defaults, ${quote(found.get(name))} and ${quote(value)}`,
      )
    }
    found.set(name, value)
  }
  return found
}

/** What stands in two places and differs, or has no meaning: one line each, with the remedy. */
export function configurationProblems(sources: ConfigurationSources): readonly string[] {
  const problems: string[] = []
  for (const [name, value] of deploymentVariables(sources.serverless)) {
    const read = sources.functions[name]
    if (!read && sources.deployment[name] === undefined) {
      problems.push(`serverless.yml reads ${name}: say in scripts/configuration.ts what it means`)
    }
    const others = { 'functions/platform/environment.ts': read, 'local/options.ts': sources.local[name] }
    for (const [file, other] of Object.entries(others)) {
      if (other?.default === undefined || other.default === value) continue
      problems.push(
        `${name} defaults to ${quote(value)} in serverless.yml and to ${quote(other.default)} in ${file}: make them one`,
      )
    }
  }
  return problems
}

/** The page. */
export function configurationPage(sources: ConfigurationSources): string {
  const deployment = Object.fromEntries(
    Array.from(deploymentVariables(sources.serverless), ([name, value]) => [
      name,
      { meaning: sources.functions[name]?.meaning ?? sources.deployment[name] ?? '', default: value },
    ]),
  )
  const resources = Object.fromEntries(
    Object.entries(sources.functions).filter(([name]) => !(name in deployment)),
  )
  return `# Configuration

Every setting is an environment variable, checked when what reads it starts. Made from the code by
\`node scripts/run.mjs scripts/configuration.ts\`; \`npm run check\` says when it is out of date. Do not edit.

## This machine: \`npm start\`

${table(sources.local)}

It also reads those of a deployment, below. Its own defaults there: \`SERVICE_TOKENS\` knows the development token of staff, and \`DONATIONS_FROM\` is \`anyone\`.

## A deployment: \`npx serverless deploy\`

${table(deployment)}

## The commands

${table(sources.tools)}

## Functions

serverless.yml gives a function those of these that it reads, besides the ones above; nobody sets them by hand.

${table(resources)}
`
}

function table(settings: Settings): string {
  const rows = Object.entries(settings).map(
    ([name, { meaning, default: value }]) => `| \`${name}\` | ${meaning} | ${shown(value)} |`,
  )
  return ['| variable | meaning | default |', '| --- | --- | --- |', ...rows].join('\n')
}

function shown(value: string | undefined): string {
  return value === undefined || value === '' ? 'none' : `\`${value}\``
}

function quote(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

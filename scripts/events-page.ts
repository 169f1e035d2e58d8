/**
 * `node scripts/run.mjs scripts/events-page.ts`: makes docs/events.md of what `fanfare events` prints; with `--check` only
 * says whether it is that now.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const name = 'docs/events.md'
const file = join(root, name)

/** What `npx fanfare events` prints, without the door that looks for packages. */
function fanfareEvents(...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'command', 'main.ts'), 'events', ...args],
    { cwd: root, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`fanfare events ended with ${status}: ${stderr}${stdout}`)
  return stdout
}

/** The domains that messages go between or within; the others are as well said in words. */
const drawn = {
  donations: 'A donation',
  desk: 'The support desk',
  contact: 'The contact form',
  live: 'Live topics',
}

const pictures = Object.entries(drawn).map(
  ([domain, title]) => `## ${title}

\`\`\`mermaid
${fanfareEvents('--format', 'mermaid', '--domain', domain)}\`\`\`
`,
)

const page = `# Which event goes where

Made from serverless.yml and the code by \`npx fanfare events\`; \`node scripts/run.mjs scripts/events-page.ts\` writes this page, and a test
says when it is out of date. Do not edit. [bus.md](bus.md) says what an event is and how one is added.

Round ends start a function; hexagons are events and topics; leaning boxes are queues, and a dotted \`fails\` leads to the dead-letter queue.

${pictures.join('\n')}
## In words

\`\`\`text
${fanfareEvents()}\`\`\`
`

const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
if (before === page) process.stdout.write(`${name} is up to date\n`)
else if (process.argv.includes('--check')) {
  process.stderr.write(
    `${name} is not what fanfare events prints: run node scripts/run.mjs scripts/events-page.ts\n`,
  )
  process.exitCode = 1
} else {
  writeFileSync(file, page)
  process.stdout.write(`${name} written\n`)
}

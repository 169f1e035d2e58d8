/**
 * `node scripts/run.mjs scripts/events-page.ts`: makes docs/events.md of what `fanfare events` prints; with `--check` only
 * says whether it is that now.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { domainMap } from '../command/events/domain.ts'
import { readProjectMap } from '../command/events/project-map.ts'
import { mapMermaid, mapText } from '../command/events/write.ts'

const root = join(import.meta.dirname, '..')
const name = 'docs/events.md'
const file = join(root, name)

const map = await readProjectMap(join(root, 'serverless.yml'))
if (map.findings.length > 0) throw new Error(`fanfare events finds: ${map.findings.join('; ')}`)

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
${mapMermaid(domainMap(map, domain))}\`\`\`
`,
)

const page = `# Which event goes where

Made from serverless.yml and the code by \`npx fanfare events\`; \`node scripts/run.mjs scripts/events-page.ts\` writes this page, and a test
says when it is out of date. Do not edit. [bus.md](bus.md) says what an event is and how one is added.

Round ends start a function; hexagons are events and topics; leaning boxes are queues, and a dotted \`fails\` leads to the dead-letter queue.

${pictures.join('\n')}
## In words

\`\`\`text
${mapText(map)}\`\`\`
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

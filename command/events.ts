/**
 * `fanfare events`: which event goes where, as a diagram or in words.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.ts'
import { domainMap, domainsOf } from './events/domain.ts'
import { readProjectMap } from './events/project-map.ts'
import { mapMermaid, mapText } from './events/write.ts'

const formats = ['text', 'mermaid', 'json'] as const

const help = `fanfare events: which event goes where: made from serverless.yml (routes, topics and their filters, queues and their
dead-letter queues, streams, schedules, IoT rules) and from the code (definitions of events and requests, who makes
them, who consumes them). docs/bus.md says what an event is.

  fanfare events [--format FORMAT] [--domain NAME] [--template FILE]

  --format FORMAT  ${formats.join(', ')} (default: text); mermaid is a diagram that GitHub draws
  --domain NAME    only what has to do with the functions whose names begin so: desk, contact (default: all)
  --template FILE  the serverless.yml (default: serverless.yml)

It ends with 1 when something is wrong: an event that nobody makes or consumes, a filter that names an unknown type, a
queue whose handler does not know what it is sent, a consumed queue without a dead-letter queue.

  fanfare events --format mermaid
`

async function run(args: readonly string[]): Promise<number> {
  const { format, domain, template: file } = readArguments(args)
  const path = resolve(file)
  if (!existsSync(path))
    throw new UsageError(`${file} is not there: name the serverless.yml with --template FILE`)
  const all = await readProjectMap(path)
  const domains = domainsOf(all)
  if (domain !== undefined && !domains.includes(domain))
    throw new UsageError(`--domain is one of ${domains.join(', ')}; got ${domain}`)
  const map = domain === undefined ? all : domainMap(all, domain)
  if (format === 'json') process.stdout.write(`${JSON.stringify(map, undefined, 2)}\n`)
  else process.stdout.write(format === 'text' ? mapText(map) : mapMermaid(map))
  if (map.findings.length === 0) return 0
  if (format === 'mermaid') process.stderr.write(`${map.findings.join('\n')}\n`)
  return 1
}

function readArguments(args: readonly string[]) {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        format: { type: 'string', default: 'text' },
        domain: { type: 'string' },
        template: { type: 'string', default: 'serverless.yml' },
      },
      strict: true,
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
  const format = formats.find((each) => each === values.format)
  if (!format) throw new UsageError(`--format is one of ${formats.join(', ')}; got ${values.format}`)
  return { format, domain: values.domain, template: values.template }
}

export const command: Command = { help, run }

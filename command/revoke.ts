/**
 * `fanfare revoke`: ends a principal's connections and refuses the tokens it has.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { developmentStaffToken } from '../local/options.ts'
import { type Command, UsageError } from './command.ts'

const help = `fanfare revoke: ends a principal's connections and refuses the tokens it has. Whoever signs in anew is let in.
The principal is in what POST /session answers, and in each of its client IDs before the -0 or -1.

  fanfare revoke PRINCIPAL [--api URL] [--token TOKEN]

  --api URL      the HTTP API (default: http://localhost:4000, or PORT)
  --token TOKEN  a staff member's bearer token (default: STAFF_TOKEN, or the development token of the local stack)

  fanfare revoke vY3kd0sMtXx2hQJr8wPzLbA --api https://api.example.org
`

/** How long the API may take, ms: it looks at the connections twice, two seconds apart. */
const answerWithinMs = 15_000

async function run(args: readonly string[]): Promise<number> {
  const { principal, api, token } = readArguments(args)
  const url = new URL(`principals/${principal}/sessions`, api.endsWith('/') ? api : `${api}/`)
  let answer: Response
  try {
    answer = await fetch(url, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerWithinMs),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const words = cause instanceof Error ? cause.message || cause.name : String(cause)
    throw new Error(`${url.origin} does not answer (${words}): start the stack, or give --api`, {
      cause: error,
    })
  }
  const text = await answer.text()
  if (!answer.ok) throw new Error(`DELETE ${url.href} answered ${answer.status}: ${detailOf(text)}`)
  const { revokedAt, disconnected } = read(url, text)
  const ended = disconnected.length === 0 ? 'it had no connection' : `ended ${disconnected.join(' and ')}`
  process.stdout.write(`the tokens that ${principal} was given until ${revokedAt} are refused; ${ended}\n`)
  return 0
}

function readArguments(args: readonly string[]): { principal: string; api: string; token: string } {
  const { values, positionals } = parse(args)
  const [principal, ...more] = positionals
  if (principal === undefined || more.length > 0) {
    throw new UsageError(`expected one principal, got ${positionals.length}`)
  }
  if (!/^[A-Za-z0-9]{1,100}$/.test(principal)) {
    throw new UsageError(
      `${JSON.stringify(principal)} is no principal: it has 1 to 100 letters or digits (a client ID without its -0 or -1)`,
    )
  }
  if (!/^https?:$/.test(URL.parse(values.api)?.protocol ?? '')) {
    throw new UsageError(`--api is ${JSON.stringify(values.api)}; give one such as http://localhost:4000`)
  }
  return { principal, ...values }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        api: { type: 'string', default: `http://localhost:${process.env['PORT'] ?? 4000}` },
        token: { type: 'string', default: process.env['STAFF_TOKEN'] ?? developmentStaffToken },
      },
    })
  } catch (error) {
    // parseArgs says in one line which argument it does not know.
    throw new UsageError((error as Error).message)
  }
}

/** The answer's body. Throws when it is none of our API's. */
function read(url: URL, text: string): { revokedAt: string; disconnected: readonly string[] } {
  try {
    const { revokedAt, disconnected } = JSON.parse(text) as { revokedAt?: unknown; disconnected?: unknown }
    if (typeof revokedAt === 'string' && Array.isArray(disconnected)) {
      return { revokedAt, disconnected: disconnected.map(String) }
    }
  } catch {
    // Not JSON: said below.
  }
  throw new Error(
    `DELETE ${url.href} answered ${JSON.stringify(text.slice(0, 60))}, which is not Fanfare's API: give its URL to --api`,
  )
}

/** What a problem answer says, or its first characters. */
function detailOf(text: string): string {
  try {
    const { detail, remedy } = JSON.parse(text) as { detail?: unknown; remedy?: unknown }
    if (typeof detail === 'string' && typeof remedy === 'string') return `${detail}; ${remedy}`
  } catch {
    // Not JSON: whoever answered was not our API, and its own words say more.
  }
  return text.slice(0, 200)
}

export const command: Command = { help, run }

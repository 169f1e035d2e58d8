/** The command line of the replay. */
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { developmentStaffToken } from '../../local/options.ts'

export interface ReplayOptions {
  readonly file: string
  /** How much faster than it happened; Infinity posts as fast as answers come. */
  readonly speed: number
  readonly campaign: string
  /** Base address of the HTTP API. */
  readonly url: string
  readonly staffToken: string
  /** Part of every Idempotency-Key: the same run posted again adds nothing. */
  readonly run: string
  readonly inFlight: number
  readonly limit: number
  readonly currency: string
  readonly json: boolean
}

export const replayHelp = `npm run replay -- [FILE.csv] [options]

Posts each row of a telethon file to POST /donations, creating the campaign when it is missing, and compares at the end what
was sent, recorded and shown. Without FILE it replays data/telethon-sgdq2015.csv, 28,529 donations of a real telethon.

  --speed N|max     N times faster than it happened (default 3600), or as fast as answers come.
                    A quiet of more than an hour is cut to one
  --campaign ID     default telethon
  --run ID          repeat an interrupted replay: rows already sent under this ID are not counted again
  --in-flight N     requests at a time at most, default 16
  --limit N         only the first N rows
  --currency CODE   currency of a campaign that is made, default USD
  --url URL         default http://localhost:4000 (or PORT)
  --staff-token T   to make the campaign; default the development token of the local stack (or STAFF_TOKEN)
  --json            the figures at the end as one line of JSON
  --help
`

/** An option that cannot be used: one line, with the remedy. */
export class ReplayUsageError extends Error {
  override readonly name = 'ReplayUsageError'
}

/** The options in an argument list, or 'help'. Throws ReplayUsageError. */
export function readReplayOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  newRun: () => string,
): ReplayOptions | 'help' {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        speed: { type: 'string', default: '3600' },
        campaign: { type: 'string', default: 'telethon' },
        run: { type: 'string' },
        'in-flight': { type: 'string', default: '16' },
        limit: { type: 'string' },
        currency: { type: 'string', default: 'USD' },
        url: { type: 'string', default: `http://localhost:${env['PORT'] ?? 4000}` },
        'staff-token': { type: 'string', default: env['STAFF_TOKEN'] ?? developmentStaffToken },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new ReplayUsageError(`${(error as Error).message} See npm run replay -- --help.`)
  }
  const { values, positionals } = parsed
  if (values.help) return 'help'
  if (positionals.length > 1) throw new ReplayUsageError(`one file at a time; got ${positionals.join(', ')}.`)
  const speed = values.speed === 'max' ? Number.POSITIVE_INFINITY : Number(values.speed)
  if (!(speed > 0)) throw new ReplayUsageError(`--speed is ${values.speed}; give a number above 0, or max.`)
  const url = values.url.replace(/\/+$/, '')
  if (!URL.canParse(url))
    throw new ReplayUsageError(`--url is ${values.url}; give one such as http://localhost:4000.`)
  return {
    file: positionals[0] ?? fileURLToPath(new URL('../../data/telethon-sgdq2015.csv', import.meta.url)),
    speed,
    campaign: fitting(
      '--campaign',
      values.campaign,
      /^[A-Za-z0-9_-]{1,64}$/,
      '1 to 64 letters, digits, - or _',
    ),
    run: fitting('--run', values.run ?? newRun(), /^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, - or _'),
    inFlight: count('--in-flight', values['in-flight'], 1000),
    limit:
      values.limit === undefined
        ? Number.POSITIVE_INFINITY
        : count('--limit', values.limit, Number.MAX_SAFE_INTEGER),
    currency: fitting('--currency', values.currency, /^[A-Z]{3}$/, 'an ISO 4217 code such as USD'),
    url,
    staffToken: values['staff-token'],
    json: values.json,
  }
}

function fitting(name: string, value: string, pattern: RegExp, wanted: string): string {
  if (!pattern.test(value)) throw new ReplayUsageError(`${name} is ${JSON.stringify(value)}; give ${wanted}.`)
  return value
}

function count(name: string, value: string, most: number): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new ReplayUsageError(`${name} is ${value}; give a whole number from 1 to ${most}.`)
  }
  return number
}

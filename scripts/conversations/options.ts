/** The command line of the conversations. */
import { parseArgs } from 'node:util'
import { developmentIntercomSecret, developmentStaffToken } from '../../local/options.ts'

export interface ConversationsOptions {
  /** Conversations opened in a second; Infinity: as fast as answers come. */
  readonly rate: number
  readonly count: number
  /** Base address of the HTTP API. */
  readonly url: string
  /** Signs the notifications. */
  readonly secret: string
  readonly staffToken: string
}

export const conversationsHelp = `npm run conversations -- [options]

Plays a help desk against the local stack: conversations are opened with POST /webhooks/intercom, signed as Intercom
signs, some are assigned a moment later or to somebody else, some customers write again, some are closed. The agents
ada, ben and lee are made first, and the saved replies of data/saved-replies.json where there are none. At the end: what was
sent, and whose the conversations are. Sign in as Ada, Ben or Lee at /console.html to watch.

  --rate N|max      conversations opened a second, default 2
  --count N         how many, default 20
  --url URL         default http://localhost:4000 (or PORT)
  --secret S        signs the notifications; default the local stack's (or INTERCOM_SECRET)
  --staff-token T   makes agents and replies; default the development token of the local stack (or STAFF_TOKEN)
  --help
`

/** An option that cannot be used: one line, with the remedy. */
export class ConversationsUsageError extends Error {
  override readonly name = 'ConversationsUsageError'
}

/** The options in an argument list, or 'help'. Throws ConversationsUsageError. */
export function readConversationsOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): ConversationsOptions | 'help' {
  const { values } = parse(args, env)
  if (values.help) return 'help'
  const rate = values.rate === 'max' ? Number.POSITIVE_INFINITY : Number(values.rate)
  if (!(rate > 0))
    throw new ConversationsUsageError(`--rate is ${values.rate}; give a number above 0, or max.`)
  const count = Number(values.count)
  if (!Number.isInteger(count) || count < 1 || count > 999_999)
    throw new ConversationsUsageError(`--count is ${values.count}; give a whole number from 1 to 999999.`)
  const url = values.url.replace(/\/+$/, '')
  if (!URL.canParse(url))
    throw new ConversationsUsageError(`--url is ${values.url}; give one such as http://localhost:4000.`)
  return { rate, count, url, secret: values.secret, staffToken: values['staff-token'] }
}

function parse(args: readonly string[], env: NodeJS.ProcessEnv) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rate: { type: 'string', default: '2' },
        count: { type: 'string', default: '20' },
        url: { type: 'string', default: `http://localhost:${env['PORT'] ?? 4000}` },
        secret: { type: 'string', default: env['INTERCOM_SECRET'] ?? developmentIntercomSecret },
        'staff-token': { type: 'string', default: env['STAFF_TOKEN'] ?? developmentStaffToken },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new ConversationsUsageError(`${(error as Error).message} See npm run conversations -- --help.`)
  }
}

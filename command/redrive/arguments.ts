/**
 * What `fanfare redrive` was told to do.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { UsageError } from '../command.ts'

const actions = ['look', 'redrive', 'discard'] as const

export interface RedriveArguments {
  /** Undefined: list them. */
  readonly queue: string | undefined
  readonly action: (typeof actions)[number]
  readonly stage: string
  /** Where SQS is; undefined: AWS, by the SDK's usual settings. */
  readonly endpoint: string | undefined
  /** Messages that a look shows at most. */
  readonly most: number
  readonly bodies: boolean
  /** Messages a second. */
  readonly rate: number
  /** Where discarded messages are written; undefined: a name of the queue and the time. */
  readonly file: string | undefined
  readonly yes: boolean
}

/** Reads the arguments. Throws UsageError with the value seen. */
export function readRedriveArguments(args: readonly string[]): RedriveArguments {
  const { values, positionals } = parse(args)
  const [queue, given = 'look', ...more] = positionals
  if (more.length > 0) throw new UsageError(`expected a queue and an action, got ${positionals.length} words`)
  const action = actions.find((known) => known === given)
  if (!action) throw new UsageError(`${JSON.stringify(given)} is no action; give ${actions.join(', ')}`)
  if (!/^[A-Za-z0-9-]{1,40}$/.test(values.stage)) {
    throw new UsageError(`--stage is ${JSON.stringify(values.stage)}; give one such as dev`)
  }
  if (values.aws && values.endpoint !== undefined) {
    throw new UsageError('--aws and --endpoint name two places; give one of them')
  }
  return {
    queue,
    action,
    stage: values.stage,
    endpoint: values.aws ? undefined : readEndpoint(values.endpoint),
    most: whole('--most', values.most, 1, 1000),
    bodies: values.bodies,
    rate: whole('--rate', values.rate, 1, 500),
    file: values.file,
    yes: values.yes,
  }
}

function readEndpoint(given = `http://localhost:${process.env['AWS_PORT'] ?? 4002}`): string {
  if (/^https?:$/.test(URL.parse(given)?.protocol ?? '')) return given
  throw new UsageError(`--endpoint is ${JSON.stringify(given)}; give one such as http://localhost:4002`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        stage: { type: 'string', default: 'dev' },
        endpoint: { type: 'string' },
        aws: { type: 'boolean', default: false },
        most: { type: 'string', default: '10' },
        bodies: { type: 'boolean', default: false },
        rate: { type: 'string', default: '50' },
        file: { type: 'string' },
        yes: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    // parseArgs says in one line which argument it does not know.
    throw new UsageError((error as Error).message)
  }
}

function whole(option: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least && value <= most) return value
  throw new UsageError(`${option} is ${JSON.stringify(given)}; give a whole number from ${least} to ${most}`)
}

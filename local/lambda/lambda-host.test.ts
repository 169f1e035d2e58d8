import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { AwsRequest, AwsService } from '../aws.ts'
import { type Faults, noFaults } from '../faults.ts'
import { createLambdaHost, type LambdaHost, type LambdaHostOptions, type LogLine } from './index.ts'
import { type FixtureProject, fixtureProject } from './testing/fixture-project.ts'

let project: FixtureProject | undefined
let host: LambdaHost | undefined
afterEach(async () => {
  await host?.close()
  project?.remove()
})

async function start(
  functions: Readonly<Record<string, string>>,
  options: Partial<LambdaHostOptions> & { settings?: Readonly<Record<string, string>> } = {},
): Promise<LambdaHost> {
  project = fixtureProject(functions, options.settings)
  host = await createLambdaHost({
    root: project.root,
    template: project.template,
    services: {},
    folder: join(project.root, '.fanfare'),
    ...options,
  })
  return host
}

/** Reads one item from DynamoDB, `event.times` times one after the other. */
const reader = `
  import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
  const client = new DynamoDBClient({ maxAttempts: 2 })
  export async function handler({ times = 1 }: { times?: number }) {
    let name
    for (let n = 0; n < times; n++) {
      const answer = await client.send(new GetItemCommand({ TableName: 'campaigns', Key: { pk: { S: 'a' } } }))
      name = answer.Item?.['name']?.S
    }
    return { name }
  }`

const item = new TextEncoder().encode('{"Item":{"pk":{"S":"a"},"name":{"S":"Télethon"}}}')

/** A DynamoDB that knows one item and remembers what it was asked. */
function table(): { service: AwsService; requests: AwsRequest[] } {
  const requests: AwsRequest[] = []
  return {
    requests,
    service(request) {
      requests.push(request)
      return { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: item }
    },
  }
}

describe('an invocation', () => {
  it('passes event and result as JSON, with the context and environment that Lambda gives', async () => {
    const running = await start(
      {
        echo: `export async function handler(event: unknown, context: any) {
          const { awsRequestId, functionName, invokedFunctionArn, memoryLimitInMB } = context
          return { event, functionName, invokedFunctionArn, memoryLimitInMB, requestId: awsRequestId.length,
            remaining: context.getRemainingTimeInMillis() > 5000, nothing: undefined,
            colour: process.env.COLOUR, region: process.env.AWS_REGION, home: process.env.HOME,
            name: process.env.AWS_LAMBDA_FUNCTION_NAME, trace: /^Root=1-/.test(process.env._X_AMZN_TRACE_ID ?? '') }
        }`,
      },
      { settings: { echo: 'environment: { COLOUR: red }' } },
    )
    expect(await running.invoke('echo', { at: new Date(0), gone: undefined })).toEqual({
      event: { at: '1970-01-01T00:00:00.000Z' },
      functionName: 'shop-dev-echo',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-echo',
      memoryLimitInMB: '1024',
      requestId: 36,
      remaining: true,
      colour: 'red',
      region: 'eu-west-1',
      name: 'shop-dev-echo',
      trace: true,
    })
  })

  it('fails with the type and message of what the handler threw, its place in the source told to the log', async () => {
    const lines: LogLine[] = []
    const running = await start(
      { thrower: `\n\nexport async function handler() {\n  throw new RangeError('too far')\n}` },
      { log: (line) => lines.push(line) },
    )
    await expect(running.invoke('thrower', {})).rejects.toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'too far',
      stack: expect.stringContaining('functions/thrower.ts:4:'),
    })
    expect(lines).toMatchObject([{ level: 'error', function: 'thrower' }])
    expect(await running.invoke('thrower', {}).catch((error: Error) => error.name)).toBe('FunctionError')
  })

  it('ends at its time-out, and the next one starts afresh', async () => {
    const running = await start(
      {
        slow: `let calls = 0
        export async function handler({ hang }: { hang: boolean }) {
          calls += 1
          if (hang) for (;;) {}
          return calls
        }`,
      },
      { settings: { slow: 'timeout: 1' } },
    )
    expect(await running.invoke('slow', { hang: false })).toBe(1)
    await expect(running.invoke('slow', { hang: true })).rejects.toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'Task timed out after 1.00 seconds',
    })
    expect(await running.invoke('slow', { hang: false })).toBe(1)
  })

  it('fails when the runtime exits, when a promise is left to reject, and when the module cannot be loaded', async () => {
    const running = await start({
      exits: `export async function handler() { process.exit(0) }`,
      rejects: `export async function handler() { Promise.reject(new Error('nobody waits')); await new Promise((r) => setTimeout(r, 500)) }`,
      broken: `throw new SyntaxError('at load')\nexport async function handler() {}`,
      missing: `export async function other() {}`,
    })
    await expect(running.invoke('exits', {})).rejects.toMatchObject({ errorType: 'Runtime.ExitError' })
    await expect(running.invoke('rejects', {})).rejects.toMatchObject({ errorMessage: 'nobody waits' })
    await expect(running.invoke('broken', {})).rejects.toMatchObject({ errorMessage: 'at load' })
    await expect(running.invoke('missing', {})).rejects.toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
    })
    await expect(running.invoke('absent', {})).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' })
  })

  it('refuses events and results over 6 MB', async () => {
    const running = await start({
      big: `export async function handler({ bytes }: { bytes: number }) { return 'x'.repeat(bytes) }`,
    })
    await expect(running.invoke('big', { text: 'x'.repeat(6 * 1024 * 1024) })).rejects.toMatchObject({
      code: 'EVENT_TOO_LARGE',
    })
    await expect(running.invoke('big', { bytes: 6 * 1024 * 1024 })).rejects.toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    })
  })
})

describe('instances', () => {
  const counter = `let calls = 0
    export async function handler({ ms }: { ms: number }) {
      calls += 1
      const seen = calls
      if (ms) await new Promise((resolve) => setTimeout(resolve, ms))
      return { seen, after: calls }
    }`

  it('keep their module state, apart from each other, and take one invocation at a time', async () => {
    const running = await start({ one: counter, two: counter })
    expect(await running.invoke('one', { ms: 0 })).toEqual({ seen: 1, after: 1 })
    expect(await running.invoke('one', { ms: 0 })).toEqual({ seen: 2, after: 2 })
    expect(await running.invoke('two', { ms: 0 })).toEqual({ seen: 1, after: 1 })
    const results = (await Promise.all(
      Array.from({ length: 6 }, () => running.invoke('one', { ms: 20 })),
    )) as { seen: number; after: number }[]
    expect(results.every(({ seen, after }) => seen === after)).toBe(true)
    expect(running.stats().functions['one']?.instances).toBe(2)
  })

  it('are no more than reserved, and what AWS would not start is throttled', async () => {
    const running = await start({ till: counter }, { settings: { till: 'reservedConcurrency: 1' } })
    const first = running.invoke('till', { ms: 50 })
    await expect(running.invoke('till', { ms: 0 })).rejects.toMatchObject({ code: 'THROTTLED' })
    await first
    expect(running.stats().functions['till']?.instances).toBe(1)
  })

  it('end when they were idle for long, but for one', async () => {
    let time = 0
    const timers: (() => void)[] = []
    const clock = {
      now: () => time,
      after(ms: number, run: () => void) {
        if (ms === 30_000) timers.push(run)
        return () => undefined
      },
    }
    const running = await start({ till: counter }, { clock })
    await Promise.all([1, 2].map(() => running.invoke('till', { ms: 100 })))
    expect(running.stats().functions['till']?.instances).toBe(2)
    time = 60_000
    for (const run of timers.splice(0)) run()
    expect(running.stats().functions['till']?.instances).toBe(1)
    expect(await running.invoke('till', { ms: 0 })).toBeDefined()
  })
})

describe('requests to AWS', () => {
  it("are made by the SDK's own client, signed, and answered by the service", async () => {
    const { service, requests } = table()
    const running = await start({ reader }, { services: { dynamodb: service } })
    expect(await running.invoke('reader', {})).toEqual({ name: 'Télethon' })
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/' })
    expect(requests[0]?.headers).toMatchObject({ 'x-amz-target': 'DynamoDB_20120810.GetItem' })
    expect(JSON.parse(Buffer.from(requests[0]?.body ?? []).toString())).toMatchObject({
      TableName: 'campaigns',
    })
  })

  it('fail as a refused connection while the service is out, and go through when it returns', async () => {
    const faults = noFaults()
    const { service, requests } = table()
    const running = await start({ reader }, { services: { dynamodb: service }, faults })
    faults.outages.add('dynamodb')
    await expect(running.invoke('reader', {})).rejects.toMatchObject({
      errorMessage: expect.stringContaining('ECONNREFUSED'),
    })
    expect(requests).toHaveLength(0)
    faults.outages.delete('dynamodb')
    expect(await running.invoke('reader', {})).toEqual({ name: 'Télethon' })
  })

  it('to a service that the local stack does not have fail, and the log says which', async () => {
    const lines: LogLine[] = []
    const running = await start({ reader }, { log: (line) => lines.push(line) })
    await expect(running.invoke('reader', {})).rejects.toMatchObject({ code: 'FUNCTION_ERROR' })
    expect(lines[0]?.message).toContain('dynamodb')
  })
})

describe('a killed worker', () => {
  it.each([
    ['before', 1],
    ['after', 2],
  ] as const)('%s its second request leaves the service with %i requests', async (side, seen) => {
    const { service, requests } = table()
    const running = await start({ reader }, { services: { dynamodb: service } })
    running.killNext('reader', { request: 2, side })
    await expect(running.invoke('reader', { times: 3 })).rejects.toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: 'Runtime exited with error: signal: killed',
    })
    expect(requests).toHaveLength(seen)
    expect(await running.invoke('reader', { times: 1 })).toEqual({ name: 'Télethon' })
    expect(requests).toHaveLength(seen + 1)
  })

  it('comes of the seed: the same seed kills at the same requests, no more often than told', async () => {
    const workers: Faults['workers'] = { kill: 0.2, killAt: 'either', most: 3 }
    const run = async (): Promise<readonly string[]> => {
      const { service } = table()
      const running = await start(
        { reader },
        { services: { dynamodb: service }, faults: { ...noFaults(), workers }, instancesPerFunction: 1 },
      )
      const outcomes: string[] = []
      for (let n = 0; n < 20; n += 1) {
        outcomes.push(
          await running.invoke('reader', { times: 2 }).then(
            () => 'ok',
            () => 'killed',
          ),
        )
      }
      expect(running.stats().kills).toBe(3)
      await running.close()
      project?.remove()
      return outcomes
    }
    const first = await run()
    expect(first.filter((outcome) => outcome === 'killed')).toHaveLength(3)
    expect(await run()).toEqual(first)
  })
})

describe('an edit', () => {
  /** Resolves when the log has a line of this level. */
  function logged(): { log: (line: LogLine) => void; next: (level: LogLine['level']) => Promise<LogLine> } {
    const lines: LogLine[] = []
    let wake = (): void => undefined
    return {
      log(line) {
        lines.push(line)
        wake()
      },
      async next(level) {
        for (;;) {
          const index = lines.findIndex((line) => line.level === level)
          if (index >= 0) return lines.splice(index, 1)[0] as LogLine
          await new Promise<void>((resolve) => (wake = resolve))
        }
      },
    }
  }

  it('is in the next invocation, the one under way ends with the old code, and other functions stay as they are', async () => {
    const { log, next } = logged()
    const version = (n: number): string =>
      `import { colour } from '../topics/colour.ts'
       export async function handler({ ms }: { ms: number }) {
         await new Promise((resolve) => setTimeout(resolve, ms))
         return [${n}, colour]
       }`
    project = fixtureProject({
      edited: version(1),
      other: `let n = 0\nexport async function handler() { return ++n }`,
    })
    project.write('topics/colour.ts', `export const colour: string = 'red'`)
    const { root, template, write } = project
    host = await createLambdaHost({
      root,
      template,
      services: {},
      folder: join(root, '.fanfare'),
      watch: ['functions', 'topics'],
      log,
    })
    expect(await host.invoke('edited', { ms: 0 })).toEqual([1, 'red'])
    expect(await host.invoke('other', {})).toBe(1)

    const underWay = host.invoke('edited', { ms: 700 })
    write('functions/edited.ts', version(2))
    expect((await next('info')).message).toBe('new code: edited')
    expect(await host.invoke('edited', { ms: 0 })).toEqual([2, 'red'])
    expect(await underWay).toEqual([1, 'red'])

    write('topics/colour.ts', `export const colour: string = 'blue'`)
    expect((await next('info')).message).toBe('new code: edited')
    expect(await host.invoke('edited', { ms: 0 })).toEqual([2, 'blue'])
    expect(await host.invoke('other', {})).toBe(2)

    write('functions/edited.ts', 'export async function handler( {')
    expect((await next('error')).message).toContain('functions/edited.ts:1:')
    expect(await host.invoke('edited', { ms: 0 })).toEqual([2, 'blue'])
    write('functions/edited.ts', version(3))
    await next('info')
    expect(await host.invoke('edited', { ms: 0 })).toEqual([3, 'blue'])
  })
})

describe('what handlers print', () => {
  it('goes to a file a function, warnings to the log as well', async () => {
    const lines: LogLine[] = []
    const running = await start(
      {
        talker: `export async function handler() {
          console.log(JSON.stringify({ level: 'INFO', message: 'quiet' }))
          console.log(JSON.stringify({ level: 'WARN', message: 'look here' }))
        }`,
      },
      { log: (line) => lines.push(line) },
    )
    await running.invoke('talker', {})
    await running.close()
    const file = join(project?.root ?? '', '.fanfare', 'logs', 'talker.log')
    expect(existsSync(file) && readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2)
    expect(lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('look here') }])
  })
})

import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createLambdaHost, type LambdaHost, type LogLine } from '../local/lambda/index.ts'
import { type FixtureProject, fixtureProject } from '../local/lambda/testing/fixture-project.ts'

const platform = join(import.meta.dirname, '..', 'functions', 'platform')
const wrapped = `import { eventHandler, httpHandler } from '${platform}/handler.ts'\n`

let project: FixtureProject | undefined
let host: LambdaHost | undefined
let server: Server | undefined
afterEach(async () => {
  await host?.close()
  project?.remove()
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function start(source: string, settings = 'timeout: 10') {
  project = fixtureProject({ it: wrapped + source }, { it: settings })
  const lines: LogLine[] = []
  host = await createLambdaHost({
    root: project.root,
    template: project.template,
    services: {},
    folder: join(project.root, '.fanfare'),
    log: (line) => lines.push(line),
  })
  const running = host
  return { lines, invoke: (event: unknown) => running.invoke('it', event) }
}

/** A server whose answers to /slow never come. */
async function serve(): Promise<string> {
  const made = createServer((request, response) => {
    if (request.url !== '/slow?secret=1') response.end('quick')
  })
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`
}

/** What the functions logged, parsed. */
const logged = (lines: readonly LogLine[]): Record<string, unknown>[] =>
  lines
    .flatMap(({ message }) => message.split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)

it('a function ends when its promise does, with pools and timers open, and its instance goes on', async () => {
  const url = await serve()
  const { invoke } = await start(`
    import { Agent, get } from 'node:http'
    const agent = new Agent({ keepAlive: true })
    let ticks = 0
    setInterval(() => { ticks += 1 }, 20)
    let calls = 0
    export const handler = eventHandler(async ({ url }: { url: string }) => {
      await new Promise<void>((resolve, reject) => {
        get(url, { agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject)
      })
      setTimeout(() => { ticks += 1000 }, 60_000)
      return { calls: ++calls, sockets: Object.keys(agent.freeSockets).length }
    })`)
  const before = Date.now()
  expect(await invoke({ url })).toEqual({ calls: 1, sockets: 1 })
  expect(await invoke({ url })).toEqual({ calls: 2, sockets: 1 })
  expect(Date.now() - before).toBeLessThan(8_000)
})

it('a time-out is told before it comes, with what was under way, and aborts it', async () => {
  const url = await serve()
  const { invoke, lines } = await start(
    `export const handler = eventHandler(async ({ url }: { url: string }, _context, invocation) => {
      await invocation.during('asking the CRM', fetch(url + '/slow?secret=1', { signal: invocation.signal }))
    })`,
    'timeout: 1',
  )
  await expect(invoke({ url })).rejects.toMatchObject({ errorType: 'TimeoutError' })
  const told = logged(lines)
  expect(told).toMatchObject([
    {
      message: 'the function is about to be ended by its time-out',
      underWay: ['asking the CRM', `GET ${url}/slow`],
      correlationId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    },
    { message: 'invocation failed' },
  ])
  expect(JSON.stringify(told)).not.toContain('secret')
})

it('work that outlives the answer is told, whether it was named or not', async () => {
  const url = await serve()
  const { invoke, lines } = await start(
    `export const handler = eventHandler(async ({ url }: { url: string }, _context, invocation) => {
      void fetch(url + '/slow?secret=1').catch(() => {})
      void invocation.during('writing a book', new Promise(() => {}))
      await (await fetch(url)).text()
      return 'answered'
    })`,
  )
  expect(await invoke({ url })).toBe('answered')
  expect(logged(lines)).toMatchObject([
    {
      message: 'work was still under way when the handler answered: await it, or AWS freezes it',
      underWay: ['writing a book', `GET ${url}/slow`],
    },
  ])
})

it("an answer tells its caller's trace, or X-Ray's; so does every line", async () => {
  const { invoke, lines } = await start(
    `import { log } from '${platform}/log.ts'
    export const handler = httpHandler(async (event, _context, { trace }) => {
      if (event.rawPath === '/bug') throw new TypeError('x is undefined')
      log.warn('serving', {})
      log.count('Served')
      return { statusCode: 200, headers: {}, body: trace.traceId }
    })`,
  )
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  expect(await invoke({ headers: { traceparent }, rawPath: '/' })).toMatchObject({
    headers: { traceparent },
    body: 'a'.repeat(32),
  })
  expect(await invoke({ headers: { traceparent }, rawPath: '/bug' })).toMatchObject({
    statusCode: 500,
    headers: { traceparent },
  })
  const own = (await invoke({ headers: {}, rawPath: '/' })) as {
    headers: { traceparent: string }
    body: string
  }
  expect(own.headers.traceparent).toContain(own.body)
  expect(logged(lines).map(({ message, correlationId }) => [message, correlationId])).toEqual([
    ['serving', 'a'.repeat(32)],
    ['request failed', 'a'.repeat(32)],
    ['serving', own.body],
  ])
  await host?.close()
  host = undefined
  const metrics = readFileSync(join(project?.root ?? '', '.fanfare', 'logs', 'it.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"Served":'))
    .map((line) => JSON.parse(line) as { correlationId?: string })
  expect(metrics.map(({ correlationId }) => correlationId)).toEqual(['a'.repeat(32), own.body])
})

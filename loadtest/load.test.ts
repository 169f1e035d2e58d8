import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { load, type RunLoad } from './load.ts'
import type { LoadPlan } from './plan.ts'
import { anOutcome, someFigures, someTopicFigures } from './testing/outcomes.ts'

const folder = mkdtempSync(join(tmpdir(), 'fanfare-load-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function call(
  args: readonly string[],
  options: { readonly outcome?: Parameters<typeof anOutcome>[0]; readonly env?: Record<string, string> } = {},
) {
  const plans: LoadPlan[] = []
  const written = { out: '', err: '' }
  const runLoad: RunLoad = (plan) => {
    plans.push(plan)
    return Promise.resolve(anOutcome({ plan, ...options.outcome }))
  }
  const code = await load(args, {
    runLoad,
    env: options.env ?? {},
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text) },
    signal: new AbortController().signal,
    run: 'r1',
  })
  return { code, plan: plans[0], ...written }
}

const topic = ['campaigns/{campaignId}/total', '--param', 'campaignId=red-nose']

it('a topic of the command line: a plan of it, the bill beforehand, the report, 0', async () => {
  const { code, plan, out, err } = await call([
    ...topic,
    '--subscribers',
    '5000',
    '--rate',
    '20',
    '--duration',
    '60s',
  ])
  expect(code).toBe(0)
  expect(plan?.phases).toMatchObject([
    { name: 'gathering', subscribers: [{ from: 0, to: 5000 }] },
    {
      name: 'load',
      durationMs: 60_000,
      subscribers: [{ from: 5000, to: 5000, topics: [{ topic: 'campaigns/red-nose/total' }] }],
      publishers: [{ via: 'data-plane', arrivals: { fromPerSecond: 20, toPerSecond: 20 } }],
    },
  ])
  expect(err).toMatch(/on AWS it would cost at most \$6\.\d\d in eu-west-1/)
  expect(out).toContain('PASSED')
})

it('a threshold that does not hold: 1; Ctrl-C: 130, with a report', async () => {
  const failed = await call([...topic, '--threshold', 'delivery max <= 50ms'])
  expect(failed.code).toBe(1)
  expect(failed.out).toContain('FAILED  delivery max ≤ 50.0 ms: 100 ms')
  const stopped = await call(topic, { outcome: { ended: 'stopped' } })
  expect(stopped.code).toBe(130)
  expect(stopped.out).toContain('Deliveries')
})

it('a run in which nobody connected and nothing was heard proves nothing: 1', async () => {
  const figures = someFigures({ topics: [someTopicFigures({ published: 0, delivered: 0 })] })
  const total = { ...figures, connections: { ...figures.connections, connected: 0 } }
  const { code, out } = await call([...topic, '--threshold', 'lost <= 0'], { outcome: { total } })
  expect(code).toBe(1)
  expect(out).toContain('FAILED  connected ≥ 1: 0')
  expect(out).toContain('FAILED  delivered ≥ 1: 0')
})

it('--plan says what would be done, and does nothing', async () => {
  const { code, plan, err } = await call([...topic, '--plan'])
  expect({ code, plan }).toEqual({ code: 0, plan: undefined })
  expect(err).toContain('gathering')
})

it('a target elsewhere is not touched without --yes', async () => {
  const { code, plan, err } = await call([...topic, '--target', 'https://example.org'])
  expect({ code, plan }).toEqual({ code: 2, plan: undefined })
  expect(err).toContain('give --yes beside --target')
})

it.each([
  [[], 'no topic; name one'],
  [['a', 'b'], 'one topic at a time'],
  [
    ['campaigns/{campaignId}/totals', '--param', 'campaignId=a'],
    'did you mean campaigns/{campaignId}/total?',
  ],
  [['campaigns/{campaignId}/total'], 'give --param campaignId=VALUE'],
  [[...topic, '--rate', 'many'], '--rate is "many"; give a number'],
  [[...topic, '--duration', '60'], 'give a duration with its unit'],
  [[...topic, '--rate', '9000'], 'raise it with --max-rate'],
  [[...topic, '--nonsense'], 'See npm run load -- --help'],
  [[...topic, '--threshold', 'lots <= 0'], 'there is no figure "lots"; did you mean lost?'],
  [[...topic, '--threshold', 'lost'], 'give METRIC <= VALUE'],
  [[...topic, '--region', 'mars-1'], 'give one of eu-west-1'],
  [[...topic, '--via', 'mqtt'], "a visitor's session may publish signals only"],
  [[...topic, '--via', 'http'], "give --request 'POST /path'"],
  [[...topic, '--body', '{}'], "give --request 'POST /path' beside them"],
  [[...topic, '--request', 'POST /a', '--via', 'mqtt'], 'leave one of them out'],
  // Behind the target's address it would be read as another host.
  [[...topic, '--request', 'POST @example.org/'], 'give a method and a path'],
  [[...topic, '--request', 'POST .example.org/'], 'give a method and a path'],
  [[...topic, '--request', 'FOO'], 'give a method and a path'],
  [[...topic, '--request', 'POST /a', '--header', 'a b:c'], '"a b" is no header that HTTP can carry'],
  [[...topic, '--request', 'POST /a', '--header', 'a:€'], '"a" is no header that HTTP can carry'],
  [[...topic, '--request', 'POST /a', '--header', 'host:b'], "host is the tester's own to write"],
  [[...topic, '--connect-per-second', '0'], 'give a number above 0'],
  [[...topic, '--audience', '0'], 'give a number above 0'],
  [[...topic, '--threshold', 'lost <= 5ms'], 'lost is no time, and 5ms is one'],
  [[...topic, '--sigv4', '--authorizer', 'a'], 'three ways to connect'],
  [[...topic, '--compare', 'none.json'], 'cannot be read (ENOENT)'],
  [['--scenario', 'none.yml'], 'cannot be read (ENOENT)'],
  [['--scenario', 'a.yml', '--rate', '5'], 'with --scenario it stands in the file'],
])('%j is refused in a line with the remedy', async (args, what) => {
  const { code, plan, err } = await call(args)
  expect({ code, plan }).toEqual({ code: 2, plan: undefined })
  expect(err).toContain(what)
  expect(err.trimEnd().split('\n').length).toBeLessThan(3)
})

it('the report as JSON and as a page; the JSON compares a later run', async () => {
  const [json, html] = [join(folder, 'new', 'a.json'), join(folder, 'a.html')]
  await call([...topic, '--json', json, '--html', html])
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ format: 'fanfare-load/1', passed: true })
  expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/)
  const { out } = await call([...topic, '--compare', json])
  expect(out).toContain('Beside the earlier run')
})

it('a report is shown again from its JSON, and nothing is sent', async () => {
  const [json, html] = [join(folder, 'again.json'), join(folder, 'again.html')]
  const first = await call([...topic, '--threshold', 'delivery max <= 50ms', '--json', json])
  const again = await call(['--report', json, '--html', html])
  expect(again).toMatchObject({ code: 1, plan: undefined, out: first.out })
  expect(readFileSync(html, 'utf8')).toContain('<h1>')
  writeFileSync(json, '{"format":"fanfare-load/1","name":"a"}')
  const cut = await call(['--report', json])
  expect(cut.code).toBe(2)
  expect(cut.err).toMatch(/again\.json lacks startedAt, .*name a report as --json wrote it/)
  const whole = { ...(JSON.parse(readFileSync(join(folder, 'new', 'a.json'), 'utf8')) as object), series: 7 }
  writeFileSync(json, JSON.stringify(whole))
  expect((await call(['--report', json, '--html', html])).err).toContain('cannot be shown')
  expect((await call(['--report', json, ...topic])).err).toContain('leave a topic out')
})

it('a file that cannot be written costs no report', async () => {
  const { code, out, err } = await call([...topic, '--json', folder])
  expect(code).toBe(0)
  expect(out).toContain('PASSED')
  expect(err).toContain('cannot be written (EISDIR)')
})

it('what a scenario prepares is sent first; an unexpected answer ends it before the run', async () => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.writeHead(request.url === '/refused' ? 403 : 200).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = join(folder, 'a.yml')
  const scenario = (path: string): void =>
    writeFileSync(
      file,
      `name: a\nprepare: [{ request: 'PUT ${path}', headers: { authorization: '\${TOKEN:-none}' } }]\nphases: [{ name: b, duration: 1s }]\n`,
    )
  scenario('/campaigns/a')
  expect((await call(['--scenario', file, '--target', target], { env: { TOKEN: 'mine' } })).code).toBe(0)
  expect(seen).toEqual(['PUT /campaigns/a mine'])
  scenario('/refused')
  const refused = await call(['--scenario', file, '--target', target])
  expect(refused).toMatchObject({ code: 1, plan: undefined })
  expect(refused.err).toContain('answered 403, expected')
  await new Promise((resolve) => server.close(resolve))
  const gone = await call(['--scenario', file, '--target', target])
  expect(gone.err).toContain(
    'got no answer: ECONNREFUSED (nothing listens there; start it, or name another --target)',
  )
})

it('--help', async () => {
  expect((await call(['--help'])).out).toContain('npm run load -- TOPIC')
})

it('Ctrl-C before the run has begun, while the target is prepared: 130', async () => {
  const scenario = join(folder, 'prepare.yml')
  writeFileSync(
    scenario,
    'name: a\nprepare:\n  - request: PUT /campaigns/a\nphases:\n  - { name: a, duration: 1s }\n',
  )
  const stop = new AbortController()
  // A target that takes the request and says nothing.
  const server = createServer(() => stop.abort())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let err = ''
  const code = await load(['--scenario', scenario, '--target', `http://127.0.0.1:${port}`], {
    runLoad: () => Promise.reject(new Error('it must not begin')),
    env: {},
    out: { write: () => true },
    err: { write: (text) => (err += text) },
    signal: stop.signal,
    run: 'r1',
  })
  server.close()
  expect(code).toBe(130)
  expect(err).toContain('it was told to stop')
})

import { afterEach, expect, test } from 'vitest'
import { seededChance } from '../../chance.ts'
import { type IotCore, type IotCoreOptions, type LogLine, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'
import type { RuleAction, RuleDefinition } from './definition.ts'

// docs/aws-iot-core.md §9

let iot: IotCore
let clock: ManualClock
let sent: [target: string, body: unknown][]
let lines: LogLine[]
/** Attempts that fail, of each target. */
let failing: Map<string, number>

afterEach(() => iot.close())

async function attempt(target: string, body: unknown): Promise<void> {
  const left = failing.get(target) ?? 0
  failing.set(target, left - 1)
  if (left > 0) throw new Error(`${target} is away`)
  sent.push([target, body])
}

const lambda: RuleAction = { type: 'lambda', functionArn: 'fn' }
const sqs: RuleAction = { type: 'sqs', queueUrl: 'https://sqs/0/queue' }
const onErrors: RuleAction = { type: 'sqs', queueUrl: 'errors' }

function aRule(
  sql: string,
  actions: readonly RuleAction[] = [lambda],
  more: Partial<RuleDefinition> = {},
): RuleDefinition {
  return { name: 'rule1', sql, sqlVersion: '2016-03-23', actions, ...more }
}

async function start(rules: readonly RuleDefinition[], more: IotCoreOptions = {}): Promise<void> {
  clock = manualClock()
  sent = []
  lines = []
  failing = new Map()
  iot = await startIotCore({
    anonymous: true,
    clock,
    rules,
    ruleTargets: {
      lambda: (arn, event) => attempt(arn, event),
      sqs: (url, body) => attempt(url, body),
      sns: (arn, message, structure) => attempt(arn, [message, structure]),
    },
    log: (line) => lines.push(line),
    ...more,
  })
}

/** Lets what is due in this turn happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('§9 a message that FROM and WHERE let pass is made into what SELECT says, for every kind of action', async () => {
  await start([
    aRule("SELECT temp AS t, topic(2) AS device, clientid() AS by FROM 'sensors/+' WHERE temp > 20", [
      lambda,
      sqs,
      { ...sqs, useBase64: true, queueUrl: 'b64' },
      { type: 'sns', targetArn: 'topic', messageFormat: 'JSON' },
      {
        type: 'republish',
        topic: 'alerts/${topic(2)}',
        qos: 1,
        headers: { contentType: 'application/json' },
      },
    ]),
  ])
  const client = await connectWire(iot.url, 5)
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'alerts/#', qos: 0 }] })
  await client.next()
  client.send({
    cmd: 'publish',
    topic: 'sensors/s1',
    payload: '{"temp":19}',
    qos: 0,
    dup: false,
    retain: false,
  })
  client.send({
    cmd: 'publish',
    topic: 'sensors/s1',
    payload: '{"temp":21}',
    qos: 0,
    dup: false,
    retain: false,
  })
  const out = { t: 21, device: 's1', by: 'wire5' }
  expect(await client.next()).toMatchObject({
    topic: 'alerts/s1',
    payload: Buffer.from(JSON.stringify(out)),
    properties: { contentType: 'application/json' },
  })
  await iot.rulesIdle()
  expect(sent).toEqual([
    ['fn', out],
    ['https://sqs/0/queue', JSON.stringify(out)],
    ['b64', Buffer.from(JSON.stringify(out)).toString('base64')],
    ['topic', [JSON.stringify(out), 'json']],
  ])
  expect(iot.rules()).toMatchObject([{ name: 'rule1', matched: 2, triggered: 1, succeeded: 5, failed: 0 }])
})

test('§8 lifecycle events reach rules, with and without subscribers, and a rule on # does not hear them', async () => {
  await start([
    aRule("SELECT clientId, eventType FROM '$aws/events/presence/+/#'"),
    aRule("SELECT topics FROM '$aws/events/subscriptions/subscribed/+'", [sqs], { name: 'rule2' }),
    aRule("SELECT * FROM '#'", [{ ...sqs, queueUrl: 'all' }], { name: 'rule3' }),
  ])
  const client = await connectWire(iot.url, 5)
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'x', qos: 0 }] })
  await client.next()
  await client.close()
  await iot.rulesIdle()
  expect(sent).toEqual([
    ['fn', { clientId: 'wire5', eventType: 'connected' }],
    [sqs.queueUrl, '{"topics":["x"]}'],
    ['fn', { clientId: 'wire5', eventType: 'disconnected' }],
  ])
})

test('§9 Basic Ingest reaches its rule alone: no subscriber, no bill, and functions do not see the prefix', async () => {
  await start([
    aRule("SELECT topic() AS topic, topic(1) AS first FROM 'other'"),
    aRule("SELECT * FROM '#'", [sqs], { name: 'rule2' }),
  ])
  const client = await connectWire(iot.url, 5)
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] })
  await client.next()
  const before = iot.stats().units
  // Eight levels are left after the prefix.
  for (const topic of ['a/b/c/d/e/f/g/h', 'a'])
    client.send({
      cmd: 'publish',
      messageId: 7,
      topic: `$aws/rules/rule1/${topic}`,
      payload: '{}',
      qos: 1,
      dup: false,
      retain: false,
    })
  expect(await client.next()).toMatchObject({ cmd: 'puback', reasonCode: 0 })
  expect(await client.next()).toMatchObject({ cmd: 'puback', reasonCode: 0 })
  await iot.rulesIdle()
  expect(sent).toEqual([
    ['fn', { topic: 'a/b/c/d/e/f/g/h', first: 'a' }],
    ['fn', { topic: 'a', first: 'a' }],
  ])
  expect(iot.stats().units).toEqual(before)
  expect(iot.connections()).toMatchObject([{ units: { publishIn: 0 } }])
  iot.publish('$aws/rules/nobody/x', Buffer.from('{}'))
  expect(lines.at(-1)).toMatchObject({ message: expect.stringContaining('RuleNotFound') as string })
})

test('§9, §2.4 nothing is retained through Basic Ingest', async () => {
  await start([aRule("SELECT * FROM 'a'")])
  const client = await connectWire(iot.url, 5)
  client.send({
    cmd: 'publish',
    messageId: 1,
    topic: '$aws/rules/rule1/a',
    payload: '{}',
    qos: 1,
    dup: false,
    retain: true,
  })
  expect(await client.next()).toMatchObject({ cmd: 'puback', reasonCode: 0x90 })
})

test('§9 a function is tried again after one minute and two, as asynchronous invocations are, and told nobody when given up', async () => {
  await start([aRule("SELECT * FROM 'a'", [lambda], { errorAction: onErrors })])
  failing.set('fn', 2)
  iot.publish('a', Buffer.from('{"n":1}'))
  await turn()
  clock.advance(59_999)
  await turn()
  expect(failing.get('fn')).toBe(1)
  clock.advance(1)
  await turn()
  expect(failing.get('fn')).toBe(0)
  clock.advance(120_000)
  await iot.rulesIdle()
  expect(sent).toEqual([['fn', { n: 1 }]])
  failing.set('fn', 3)
  iot.publish('a', Buffer.from('{"n":2}'))
  for (const ms of [0, 60_000, 120_000]) {
    clock.advance(ms)
    await turn()
  }
  await iot.rulesIdle()
  expect(sent).toHaveLength(1)
  expect(iot.rules()).toMatchObject([{ succeeded: 1, failed: 1 }])
})

test('§9 actions that are given up are told to the error action, once a message', async () => {
  await start([
    aRule("SELECT * FROM 'a'", [sqs, { ...sqs, queueUrl: 'two' }, { ...sqs, queueUrl: 'well' }, lambda], {
      errorAction: onErrors,
    }),
  ])
  failing.set(sqs.queueUrl, 3)
  failing.set('two', 3)
  // No JSON: Lambda would not take it, so that fails at once.
  iot.publish('a', Buffer.from('no json'))
  for (const ms of [0, 1000, 2000]) {
    await turn()
    clock.advance(ms)
  }
  await iot.rulesIdle()
  expect(sent.map(([target]) => target)).toEqual(['well', 'errors'])
  expect(JSON.parse(sent[1]?.[1] as string)).toEqual({
    ruleName: 'rule1',
    topic: 'a',
    cloudwatchTraceId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/) as string,
    clientId: 'n/a',
    base64OriginalPayload: Buffer.from('no json').toString('base64'),
    failures: [
      { failedAction: 'SqsAction', failedResource: sqs.queueUrl, errorMessage: `${sqs.queueUrl} is away` },
      { failedAction: 'SqsAction', failedResource: 'two', errorMessage: 'two is away' },
      {
        failedAction: 'LambdaAction',
        failedResource: 'fn',
        errorMessage: expect.stringContaining('no JSON') as string,
      },
    ],
  })
})

test('failures of a rule are logged once a second, with its name', async () => {
  await start([aRule("SELECT * FROM 'a'", [sqs])])
  failing.set(sqs.queueUrl, 6)
  for (let n = 0; n < 3; n += 1) iot.publish('a', Buffer.from('{}'))
  await turn()
  expect(lines).toEqual([
    {
      level: 'warn',
      rule: 'rule1',
      message: `rule rule1: SqsAction to ${sqs.queueUrl} failed (${sqs.queueUrl} is away); again in 1 s`,
      topic: 'a',
    },
  ])
  clock.advance(1000)
  await turn()
  expect(lines).toHaveLength(2)
})

test('§9 republish reaches AWS’s own topics where they are written with $$: a shadow, and not just any', async () => {
  const republish = (topic: string) => aRule("SELECT * FROM 'a'", [{ type: 'republish', topic }])
  await start([
    republish('$$aws/things/t/shadow/update'),
    Object.assign(republish('$$aws/nothing'), { name: 'rule2' }),
  ])
  iot.publish('a', Buffer.from('{"state":{"desired":{"on":true}}}'))
  await turn()
  await iot.rulesIdle()
  const shadow = { method: 'GET', path: '/things/t/shadow', query: {}, headers: {}, body: Buffer.alloc(0) }
  const { body } = await iot.dataPlane(shadow)
  expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ state: { desired: { on: true } } })
  expect(iot.rules()).toMatchObject([
    { succeeded: 1, failed: 0 },
    { succeeded: 0, failed: 1 },
  ])
})

test('§9 rules that feed each other end', async () => {
  await start([aRule("SELECT * FROM 'a'", [{ type: 'republish', topic: 'a' }])])
  iot.publish('a', Buffer.from('{}'))
  await turn()
  await iot.rulesIdle()
  expect(iot.rules()).toMatchObject([{ matched: 11, triggered: 10, dropped: 1 }])
  expect(lines.at(-1)).toMatchObject({ message: expect.stringContaining('feed each other') as string })
})

test('§3 evaluations over the rate of the account are lost, and counted under the name of the quota', async () => {
  await start([aRule("SELECT * FROM 'a'")], { quotaLimits: { ruleEvaluations: 3 } })
  for (let n = 0; n < 5; n += 1) iot.publish('a', Buffer.from('{}'))
  await iot.rulesIdle()
  expect(sent).toHaveLength(3)
  expect(iot.stats().quotaHits).toMatchObject({ ruleEvaluations: 2 })
})

test('§9 a payload too deep to be worked on fails its rule alone', async () => {
  await start([
    aRule("SELECT VALUE * = * FROM 'a'"),
    aRule("SELECT 1 AS one FROM 'a'", [sqs], { name: 'rule2' }),
  ])
  iot.publish('a', Buffer.from('['.repeat(60_000) + ']'.repeat(60_000)))
  await iot.rulesIdle()
  expect(sent).toContainEqual([sqs.queueUrl, '{"one":1}'])
})

test('the same seed gives the same UUIDs', async () => {
  const run = async (): Promise<unknown> => {
    await start([aRule("SELECT newuuid() AS id FROM 'a'")], { chance: seededChance(3) })
    iot.publish('a', Buffer.from('{}'))
    await iot.rulesIdle()
    return sent
  }
  const first = await run()
  await iot.close()
  expect(first).toEqual([['fn', { id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/) as string }]])
  expect(await run()).toEqual(first)
})

test.each<[string, Partial<RuleDefinition>, string]>([
  ['version', { sqlVersion: undefined }, 'AwsIotSqlVersion is not given'],
  ['version', { sqlVersion: '2015-10-08' }, '2015-10-08; this broker runs 2016-03-23'],
  [
    'SQL',
    { sql: "SELECT regexp_matches(a, 'b') AS c FROM 'd'" },
    'rule rule1: its SQL: the function regexp_matches',
  ],
  ['filter', { sql: "SELECT * FROM 'a/#/b'" }, '# must be the last level'],
  ['actions', { actions: [] }, 'has 0 actions; expected 1 to 10'],
  ['name', { name: 'a-b' }, 'letters, digits and _'],
  ['FIFO', { actions: [{ type: 'sqs', queueUrl: 'a.fifo' }] }, 'no FIFO queue'],
  ['template', { actions: [{ type: 'republish', topic: 'a/${topic(' }] }, '${ without }'],
])('§9 a rule whose %s would not run as on AWS is refused at start', async (_, change, problem) => {
  await start([])
  await expect(
    startIotCore({ rules: [aRule("SELECT * FROM 'a'", [{ type: 'republish', topic: 'b' }], change)] }),
  ).rejects.toThrow(problem)
})

test('an action whose target the broker was not given is refused at start', async () => {
  await start([])
  await expect(startIotCore({ rules: [aRule("SELECT * FROM 'a'")] })).rejects.toThrow(
    'give ruleTargets.lambda',
  )
})

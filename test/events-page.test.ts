import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { type FixtureProject, fixtureProject } from '../local/lambda/testing/fixture-project.ts'

const root = join(import.meta.dirname, '..')
const run = (cwd: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...args],
    { cwd, encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

let project: FixtureProject | undefined
afterEach(() => project?.remove())

it('docs/events.md shows what fanfare events prints, and nothing is wrong', () => {
  expect(run(root, 'scripts/events-page.ts', '--check')).toEqual({
    status: 0,
    stdout: 'docs/events.md is up to date\n',
    stderr: '',
  })
})

it('shows one domain: its functions, what they make and take, and nobody else', () => {
  const events = (...args: readonly string[]) => run(root, 'command/main.ts', 'events', ...args)
  const { stdout } = events('--domain', 'contact', '--format', 'json')
  const { functions, types } = JSON.parse(stdout) as Record<
    'functions' | 'types',
    readonly Record<string, string>[]
  >
  expect(functions?.map(({ key }) => key)).toEqual(expect.arrayContaining(['contactAccept', 'contactCrm']))
  expect(functions?.filter(({ key }) => !key?.startsWith('contact'))).toEqual([])
  expect(types?.map(({ type }) => type)).toEqual(['contact.received'])
  expect(events('--domain', 'contakt')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('contact'),
  })
})

it('says what goes nowhere, comes from nowhere, and is misspelt', () => {
  const bus = join(root, 'functions', 'platform', 'bus')
  project = fixtureProject({
    accept: `
      import { makeEvent } from '${bus}/event.ts'
      import { sold, wasted } from './events.ts'
      const tomorrow = sold
      export const handler = async () => [makeEvent(sold, {}, { id: '1', time: '' }), makeEvent(wasted, {}, { id: '1', time: '' }), makeEvent(tomorrow, {}, { id: '1', time: '' })]`,
    pack: `
      import { consume, queueHandler } from '${bus}/queue-handler.ts'
      import { awaited, sold } from './events.ts'
      if (!process.env.SHOP) throw new Error('SHOP is not set')
      export const handler = queueHandler([consume(sold, async () => {}), consume(awaited, async () => {})])`,
  })
  project.write(
    'functions/events.ts',
    `import * as v from 'valibot'
    import { defineEvent } from '${bus}/event.ts'
    const define = (type: string) => defineEvent({ type, source: '/fanfare/shop', schema: v.unknown() })
    export const sold = define('book.sold')
    export const wasted = define('book.wasted')
    export const awaited = define('book.awaited')`,
  )
  project.write(
    'serverless.yml',
    `service: shop
provider: { name: aws }
functions:
  accept:
    handler: functions/accept.handler
    events:
      - httpApi: POST /sales
  pack:
    handler: functions/pack.handler
    environment: { SHOP: corner }
    events:
      - sqs: { arn: !GetAtt PackQueue.Arn, functionResponseType: ReportBatchItemFailures }
resources:
  Resources:
    Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: events } }
    PackQueue: { Type: AWS::SQS::Queue, Properties: { QueueName: pack } }
    Subscription:
      Type: AWS::SNS::Subscription
      Properties:
        TopicArn: !Ref Topic
        Protocol: sqs
        Endpoint: !GetAtt PackQueue.Arn
        RawMessageDelivery: true
        FilterPolicy: { type: [book.sold, book.solt] }
`,
  )
  const { status, stdout, stderr } = run(
    project.root,
    join(root, 'command', 'main.ts'),
    'events',
    '--format',
    'json',
  )
  expect([status, stderr]).toEqual([1, ''])
  const { findings } = JSON.parse(stdout) as { findings: string[] }
  expect(findings).toEqual([
    'functions/accept.ts calls makeEvent(tomorrow, …), and no module exports a definition of that name: export it, and name it in the call',
    'nobody makes book.awaited (functions/events.ts): make it with makeEvent in a function, or delete its definition',
    'nobody consumes book.wasted (functions/events.ts): subscribe a queue to it in serverless.yml, or stop making it',
    'the filter of PackQueue names book.solt, which no code defines: did you mean book.sold?',
    'PackQueue brings book.solt to pack, which does not consume it: it would lie in the dead-letter queue; add a consumer, or take the type out of the filter',
    'PackQueue has no dead-letter queue: a message that fails would come again until it is too old, and be lost; give it a RedrivePolicy',
  ])
})

it('says what it does not understand', () => {
  const main = join(root, 'command', 'main.ts')
  expect(run(root, main, 'events', '--format', 'png')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--format is one of text, mermaid, json; got png') as string,
  })
  expect(run(root, main, 'events', '--template', 'nowhere.yml')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('nowhere.yml is not there') as string,
  })
})

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seededChance } from '../local/chance.ts'
import { systemClock } from '../local/clock.ts'
import { noFaults } from '../local/faults.ts'
import { type AwsFront, startAwsFront } from '../local/http/aws-front.ts'
import { createMessaging, type Messaging } from '../local/messaging/index.ts'
import { eventually, testStack } from './support/stack.ts'

const main = join(import.meta.dirname, '..', 'command', 'main.ts')

let messaging: Messaging
let front: AwsFront
let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-redrive-'))
  messaging = createMessaging({
    dataFile: ':memory:',
    clock: systemClock,
    chance: seededChance(1),
    faults: noFaults(),
    log: () => undefined,
  })
  const deadLetterTargetArn = 'arn:aws:sqs:eu-west-1:000000000000:fanfare-dev-crm-dlq'
  messaging.createQueue({
    name: 'fanfare-dev-crm',
    redrive: { deadLetterTargetArn, maxReceiveCount: 3 },
  })
  messaging.createQueue({ name: 'fanfare-dev-refused' })
  messaging.createQueue({ name: 'fanfare-prod-crm' })
  front = await startAwsFront(0, { sqs: messaging.sqs })
})
afterEach(async () => {
  await front.close()
  messaging.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command against the queues above; `onStart` may signal it. No file of its own is larger than `fileKib`. */
function redrive(
  args: readonly string[],
  onStart?: (kill: () => void) => void,
  fileKib = 10_000,
): Promise<Ended> {
  const port = args.includes('--endpoint') || args.includes('--aws') ? {} : { AWS_PORT: String(front.port) }
  const { AWS_PROFILE: _, AWS_REGION: __, ...environment } = process.env
  const limited = `ulimit -f ${fileKib} && exec "$0" "$@"`
  const child = spawn('bash', ['-c', limited, process.execPath, main, 'redrive', ...args], {
    cwd: folder,
    env: { ...environment, ...port, AWS_EC2_METADATA_DISABLED: 'true', HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  onStart?.(() => child.kill('SIGINT'))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}

const crm = () => messaging.queue('fanfare-dev-crm')
const dead = () => messaging.queue('fanfare-dev-crm-dlq')

const contact = (id: string) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    type: 'contact.received',
    source: '/x',
    data: { email: 'ann@example.org' },
  })

const setAside = (id: string, reason = 'the CRM answered 422: no such field') =>
  dead().send(contact(id), { attributes: { reason: { DataType: 'String', StringValue: reason } } })

/** Has SQS set aside what is in the queue: it was received three times, and nobody deleted it. */
async function giveUp(): Promise<void> {
  await crm().committed()
  for (let attempt = 0; attempt < 4; attempt++) crm().receive({ max: 10, visibilityMs: 0 })
}

describe('fanfare redrive', () => {
  it('lists the queues of a stage with their dead letters', async () => {
    crm().send('waiting')
    setAside('01A')
    setAside('01B')
    const { code, out } = await redrive([])
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['queue', 'waiting', 'in work', 'dead letters'],
      ['crm', '1', '0', '2', 'crm-dlq'],
      ['refused', '0', '0', '-'],
    ])
    expect(code).toBe(0)
  })

  it.each(['crm', 'crm-dlq', 'fanfare-dev-crm', 'arn:aws:sqs:eu-west-1:000000000000:fanfare-dev-crm-dlq'])(
    'looks at dead letters by the name %s, and tells why they are there and not whom they are about',
    async (name) => {
      setAside('01A', 'SES refused the letter: Address blacklisted: ann@example.org\u001b[31m')
      const { code, out } = await redrive([name])
      expect(out).toContain('crm-dlq, dead letters of crm: 1 message\n')
      expect(out).toContain('contact.received 01A')
      expect(out).toContain('SES refused the letter: Address blacklisted: …@example.org')
      expect(out).not.toContain('ann@')
      expect(out).not.toContain('\u001b')
      expect(code).toBe(0)
      // Looking takes nothing away, and hides nothing afterwards.
      expect(dead().counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 })
    },
  )

  it('shows bodies when it is asked to, and no more messages than that', async () => {
    for (const id of ['01A', '01B', '01C']) setAside(id)
    const { out } = await redrive(['crm', '--bodies', '--most', '2'])
    expect(out.match(/ann@example\.org/g)).toHaveLength(2)
    expect(out).toContain('3 messages')
    expect(out).toContain('those of the 2 shown')
  })

  it('tells what SQS itself gave up, and what Lambda did', async () => {
    crm().send('no JSON at all')
    await giveUp()
    const record = { requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 6 } }
    messaging.queue('fanfare-dev-refused').send(JSON.stringify(record))
    messaging.queue('fanfare-dev-refused').send(JSON.stringify({ donationId: 'd', problem: 'refused' }))
    expect((await redrive(['crm'])).out).toContain('received 3 times and never done')
    const { out } = await redrive(['refused'])
    expect(out).toContain('RetryAttemptsExhausted after 6 invocations')
    expect(out).toContain('\n  refused\n')
  })

  it('sends dead letters back: those SQS set aside, and those a function did', async () => {
    crm().send('given up')
    await giveUp()
    setAside('01A')
    const { code, out } = await redrive(['crm', 'redrive', '--rate', '500'])
    expect({ code, out }).toEqual({ code: 0, out: 'sent 2 back to crm\n' })
    expect(dead().counts().visible).toBe(0)
    const back = crm().receive({ max: 10 })
    expect(back.map(({ body, receives }) => [body, receives])).toEqual([
      ['given up', 1],
      [contact('01A'), 1],
    ])
  })

  it('keeps its rate, and stops at Ctrl-C with the rest where it was', async () => {
    for (let index = 0; index < 40; index++) setAside(`01${index}`)
    const ended = await redrive(['crm', 'redrive', '--rate', '2'], (interrupt) => {
      void eventually(() => expect(crm().counts().visible).toBeGreaterThanOrEqual(4)).then(interrupt)
    })
    const moved = crm().counts().visible
    expect(ended).toMatchObject({ code: 1, out: `sent ${moved} back to crm; stopped, the rest stays\n` })
    expect(moved).toBeLessThan(10)
    expect(dead().counts().visible).toBe(40 - moved)
  })

  it('discards into a file that only this user reads', async () => {
    for (let index = 0; index < 25; index++) setAside(`01${index}`)
    const refused = await redrive(['crm', 'discard', '--file', 'gone.jsonl'])
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('give --yes') })
    expect(dead().counts().visible).toBe(25)
    const done = await redrive(['crm', 'discard', '--file', 'gone.jsonl', '--yes'])
    expect(done).toMatchObject({ code: 0, out: 'discarded 25, which are in gone.jsonl\n' })
    expect(dead().counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    const lines = readFileSync(join(folder, 'gone.jsonl'), 'utf8').trimEnd().split('\n')
    const bodies = lines.map((line) => (JSON.parse(line) as { body: string }).body)
    expect(bodies.toSorted()).toEqual([...Array(25).keys()].map((index) => contact(`01${index}`)).toSorted())
    expect(statSync(join(folder, 'gone.jsonl')).mode & 0o777).toBe(0o600)
  })

  it('discards nothing that the disk did not take whole', async () => {
    for (let index = 0; index < 25; index++) setAside(`01${index}`)
    const ended = await redrive(['crm', 'discard', '--file', 'gone.jsonl', '--yes'], undefined, 4)
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('EFBIG') })
    const whole = readFileSync(join(folder, 'gone.jsonl'), 'utf8').split('\n').slice(0, -1)
    const { visible, inFlight } = dead().counts()
    expect(25 - visible - inFlight).toBeLessThanOrEqual(whole.length)
  })

  it('overwrites no file, and discards nothing then', async () => {
    setAside('01A')
    await redrive(['crm', 'discard', '--file', 'gone.jsonl', '--yes'])
    setAside('01B')
    const again = await redrive(['crm', 'discard', '--file', 'gone.jsonl', '--yes'])
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('gone.jsonl is there already') })
    expect(dead().counts().visible).toBe(1)
  })

  it('has nothing to do where nothing lies', async () => {
    expect(await redrive(['crm', 'redrive'])).toMatchObject({
      code: 0,
      out: 'crm-dlq has nothing to redrive\n',
    })
  })

  it.each([
    [['nope'], 1, 'there is no queue "nope" in stage dev; there are crm, crm-dlq, refused'],
    [['crm', '--stage', 'test'], 1, 'there are none at all'],
    [['crm', 'eat'], 2, '"eat" is no action; give look, redrive, discard'],
    [['crm', 'look', 'more'], 2, 'expected a queue and an action'],
    [['crm', 'redrive', '--rate', '501'], 2, '--rate is "501"; give a whole number from 1 to 500'],
    [['--endpoint', 'here'], 2, '--endpoint is "here"'],
    [['--endpoint', 'http://127.0.0.1:9'], 1, 'does not answer (ECONNREFUSED): start the stack'],
    [['--aws', '--endpoint', 'http://localhost:1'], 2, 'give one of them'],
    [['--aws'], 1, 'AWS is not set up here'],
    [['--nonsense'], 2, "Unknown option '--nonsense'"],
  ])('%j ends with %i and says why', async (args, code, problem) => {
    const ended = await redrive(args)
    expect(ended.err).toContain(problem)
    expect(ended.err.trimEnd()).not.toContain('\n')
    expect(ended.code).toBe(code)
  })

  it('cannot send back what a function set aside in a queue of its own', async () => {
    messaging.queue('fanfare-dev-refused').send('{}')
    const { code, err } = await redrive(['refused', 'redrive'])
    expect(err).toContain("refused is no queue's dead-letter queue")
    expect(code).toBe(1)
  })

  it(
    'brings what the ledger could not take back to it, on the whole stack',
    { timeout: 60_000 },
    async () => {
      await using stack = await testStack()
      await stack.campaign('red-nose')
      const letters = stack.messaging.queue('fanfare-dev-ledger-dlq')
      letters.send(
        JSON.stringify({
          donationId: 'a'.repeat(26),
          campaignId: 'red-nose',
          amount: { value: 100, currency: 'USD' },
          hash: 'h',
          acceptedAt: new Date().toISOString(),
        }),
      )
      const looked = await redrive(['ledger', '--endpoint', stack.urls.aws])
      expect(looked.out).toContain('1 message')
      const { code } = await redrive(['ledger', 'redrive', '--endpoint', stack.urls.aws])
      expect(code).toBe(0)
      await eventually(async () => expect((await stack.figures('red-nose')).value).toBe(100))
      expect(letters.counts().visible).toBe(0)
    },
  )
})

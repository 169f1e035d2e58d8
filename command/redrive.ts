/**
 * `fanfare redrive`: what lies in dead-letter queues, and sending it back or discarding it.
 *
 * @module
 */
import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { localAccount } from '../local/aws.ts'
import { onInterrupt } from '../local/interrupt.ts'
import type { Command } from './command.ts'
import { type RedriveArguments, readRedriveArguments } from './redrive/arguments.ts'
import { describeMessage, formatAge, printable } from './redrive/describe.ts'
import { discardAll } from './redrive/discard.ts'
import { peek } from './redrive/messages.ts'
import { moveBack } from './redrive/move.ts'
import { type DeadLetters, findDeadLetters, listQueues, type QueueState } from './redrive/queues.ts'

const help = `fanfare redrive: what lies in dead-letter queues; sends it back to be handled again, or discards it.

  fanfare redrive [QUEUE [ACTION]] [OPTION …]

  QUEUE           a queue, or its dead-letter queue: crm or crm-dlq, with fanfare-<stage>- or without; without one
                  every queue is listed
  ACTION          look      how many there are, the first of them, and why they are there (default)
                  redrive   sends what is there back to the queue it came from; Ctrl-C ends it, the rest stays
                  discard   writes what is there to a file and deletes it; asks first

  --most N        messages that look shows (default: 10)
  --bodies        shows what is in them, too, which may be about persons
  --rate N        messages a second that redrive sends back, 1 to 500 (default: 50)
  --file PATH     where discard writes, one JSON a line (default: a name of the queue and the time, in this folder)
  --stage STAGE   whose queues (default: dev)
  --endpoint URL  where SQS is (default: the local stack's, http://localhost:4002, or AWS_PORT)
  --aws           AWS instead, by its usual settings (AWS_PROFILE, AWS_REGION, …); redrive and discard ask first
  --yes           does not ask

It ends with 0 when it did what it was told, with 1 when it could not or was told to stop, with 2 for arguments that make no sense.

  fanfare redrive
  fanfare redrive crm
  fanfare redrive crm redrive --rate 5
  fanfare redrive contact-mail discard --file refused.jsonl
  fanfare redrive ledger redrive --aws --stage prod --yes
`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function run(args: readonly string[]): Promise<number> {
  const given = readRedriveArguments(args)
  const client = sqsClient(given)
  try {
    const queues = await listQueues(client, given.stage)
    if (given.queue === undefined) return list(queues, given.stage)
    const letters = findDeadLetters(queues, given.stage, given.queue)
    if (given.action === 'look') return await look(client, letters, given)
    if (letters.queue.visible === 0) {
      say(`${letters.queue.name} has nothing to ${given.action}${hiddenNote(letters.queue)}`)
      return 0
    }
    return given.action === 'redrive'
      ? await redrive(client, letters, given)
      : await discard(client, letters, given)
  } catch (error) {
    throw reachable(error, given)
  } finally {
    client.destroy()
  }
}

function sqsClient({ endpoint }: RedriveArguments): SQSClient {
  if (endpoint === undefined) return new SQSClient({})
  const { accessKeyId, secretAccessKey, region } = localAccount
  return new SQSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 2 })
}

function list(queues: readonly QueueState[], stage: string): number {
  if (queues.length === 0) {
    say(`there are no queues in stage ${stage}`)
    return 0
  }
  const takers = new Set(queues.map(({ deadLetterArn }) => deadLetterArn))
  const rows = queues
    .filter(({ arn }) => !takers.has(arn))
    .map((queue) => {
      const dead = queues.find(({ arn }) => arn === queue.deadLetterArn)
      const waiting = queue.visible + queue.delayed
      return [
        queue.name,
        String(waiting),
        String(queue.inFlight),
        dead ? String(dead.visible + dead.inFlight) : '-',
        dead?.name ?? '',
      ]
    })
  const table = [['queue', 'waiting', 'in work', 'dead letters', ''], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  for (const row of table) {
    const [name = '', ...others] = row
    const cells = others.map((cell, index) => (index < 3 ? cell.padStart(widths[index + 1] ?? 0) : cell))
    say([name.padEnd(widths[0] ?? 0), ...cells].join('  ').trimEnd())
  }
  return 0
}

const counted = (messages: number): string => (messages === 1 ? '1 message' : `${messages} messages`)

async function look(client: SQSClient, letters: DeadLetters, given: RedriveArguments): Promise<number> {
  const { queue, sources } = letters
  const from = sources.length > 0 ? `, dead letters of ${sources.map(({ name }) => name).join(', ')}` : ''
  say(`${queue.name}${from}: ${counted(queue.visible)}${hiddenNote(queue)}`)
  if (queue.visible === 0) return 0
  const messages = await peek(client, queue.url, Math.min(given.most, queue.visible))
  const now = Date.now()
  const described = messages.map((message) => describeMessage(message, now))
  const ages = described.map(({ ageMs }) => ageMs)
  if (ages.length > 0) {
    const [oldest, newest] = [formatAge(Math.max(...ages)), formatAge(Math.min(...ages))]
    const span = oldest === newest ? oldest : `between ${oldest} and ${newest}`
    say(
      `sent ${span} ago${described.length < queue.visible ? `, those of the ${described.length} shown` : ''}`,
    )
  }
  for (const [index, { messageId, ageMs, reason, event }] of described.entries()) {
    say(`\n${messageId}  ${formatAge(ageMs)}${event === undefined ? '' : `  ${event}`}\n  ${reason}`)
    if (given.bodies) say(`  ${printable(messages[index]?.Body ?? '')}`)
  }
  return 0
}

async function redrive(client: SQSClient, letters: DeadLetters, given: RedriveArguments): Promise<number> {
  const { queue, sources } = letters
  const to = sources.map(({ name }) => name).join(', ')
  if (sources.length > 0 && given.endpoint === undefined) {
    await confirm(`Send ${counted(queue.visible)} of ${queue.name} on AWS back to ${to}?`, given)
  }
  return interruptible(async (signal) => {
    const { status, moved } = await moveBack(client, letters, {
      rate: given.rate,
      signal,
      onProgress: (done, ofAbout) => progress(`sent back ${done} of ${ofAbout || queue.visible}`),
      sleep: async (ms) => sleep(ms),
    })
    say(`sent ${moved} back to ${to}${status === 'cancelled' ? '; stopped, the rest stays' : ''}`)
    return status === 'completed' ? 0 : 1
  })
}

async function discard(client: SQSClient, { queue }: DeadLetters, given: RedriveArguments): Promise<number> {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const file = given.file ?? `${queue.name}-${stamp}.jsonl`
  await confirm(`Write ${counted(queue.visible)} of ${queue.name} to ${file} and delete them?`, given)
  return interruptible(async (signal) => {
    const { discarded, kept } = await discardAll(client, {
      url: queue.url,
      file,
      signal,
      onProgress: (done) => progress(`discarded ${done} of ${queue.visible}`),
    })
    say(`discarded ${discarded}, which are in ${file}${signal.aborted ? '; stopped, the rest stays' : ''}`)
    if (kept > 0) say(`SQS did not delete ${kept} that are in the file as well: they come again`)
    return signal.aborted || kept > 0 ? 1 : 0
  })
}

/** Work that Ctrl-C ends between two steps; a second Ctrl-C ends the process. */
async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stopping = new AbortController()
  const forget = onInterrupt(() => stopping.abort())
  try {
    return await work(stopping.signal)
  } finally {
    forget()
  }
}

/** Throws unless the person says yes, or said so before. */
async function confirm(question: string, { yes }: RedriveArguments): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new Error(`${question} There is nobody to ask here: give --yes`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    if (!/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())) {
      throw new Error('nothing was changed')
    }
  } finally {
    terminal.close()
  }
}

/** Where it is, on a line of its own; only for a person who watches. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}   \r`)
}

function hiddenNote({ inFlight, delayed }: QueueState): string {
  const hidden = inFlight + delayed
  return hidden === 0
    ? ''
    : ` (${hidden} more ${hidden === 1 ? 'is' : 'are'} hidden for now: somebody looks at them)`
}

/** An SDK's error in the words of who called. */
function reachable(error: unknown, { endpoint }: RedriveArguments): unknown {
  if (!(error instanceof Error)) return error
  const { code, name } = error as { code?: string; name: string }
  if (endpoint !== undefined && (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')) {
    return new Error(`${endpoint} does not answer (${code}): start the stack, or give --endpoint or --aws`, {
      cause: error,
    })
  }
  if (name === 'CredentialsProviderError' || /region is missing/i.test(error.message)) {
    return new Error(
      `AWS is not set up here (${error.message}): set AWS_PROFILE, or AWS_REGION and credentials`,
      {
        cause: error,
      },
    )
  }
  return error
}

export const command: Command = { help, run }

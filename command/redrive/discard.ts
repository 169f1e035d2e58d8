/**
 * Emptying a queue into a file: each message is on the disk before SQS is told to forget it.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises'
import { DeleteMessageBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs'
import { receive } from './messages.ts'

/** How long a message is hidden while it is written and deleted, seconds. */
const hiddenSeconds = 60

export interface DiscardOptions {
  readonly url: string
  /** JSON lines, one a message, for this user's eyes only. Must not exist. */
  readonly file: string
  readonly signal: AbortSignal
  readonly onProgress: (discarded: number) => void
}

/** What was discarded, and how many SQS did not delete: those are in the file and come again in the queue. */
export interface DiscardResult {
  readonly discarded: number
  readonly kept: number
}

/** Discards what is visible, until nothing is or `signal` ends it between two batches. */
export async function discardAll(client: SQSClient, options: DiscardOptions): Promise<DiscardResult> {
  const file = await openNew(options.file)
  let discarded = 0
  let kept = 0
  try {
    while (!options.signal.aborted) {
      const messages = await receive(client, options.url, { max: 10, hiddenSeconds, waitSeconds: 1 })
      if (messages.length === 0) break
      // All of it, or an error: a nearly full disk takes a part of a write.
      await file.appendFile(messages.map(lineOf).join(''))
      await file.sync()
      const failed = await remove(client, options.url, messages)
      kept += failed
      discarded += messages.length - failed
      options.onProgress(discarded)
    }
  } finally {
    await file.close()
  }
  return { discarded, kept }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const problem = code === 'EEXIST' ? 'is there already' : `cannot be written (${code ?? String(error)})`
    throw new Error(`${path} ${problem}: give another path to --file`, { cause: error })
  }
}

/** All that is needed to send it again by hand. */
function lineOf({ MessageId, Body, Attributes, MessageAttributes }: Message): string {
  return `${JSON.stringify({ messageId: MessageId, attributes: Attributes, messageAttributes: MessageAttributes, body: Body })}\n`
}

/** Deletes; the answer is how many SQS did not. */
async function remove(client: SQSClient, url: string, messages: readonly Message[]): Promise<number> {
  const answer = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: messages.map(({ ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: ReceiptHandle ?? '',
      })),
    }),
  )
  return answer.Failed?.length ?? 0
}

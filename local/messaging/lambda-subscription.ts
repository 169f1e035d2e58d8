import type { LocalQueue, ReceivedMessage } from './queue.ts'

/** Calls a function; rejects when it failed. */
export type InvokeFunction = (functionArn: string, event: unknown) => Promise<unknown>

/** How often Lambda tries an asynchronous event: once, and twice again. */
const mostAttempts = 3

/**
 * Hands a topic's messages to a function, one an invocation, as SNS does by Lambda's asynchronous invocation. The
 * messages wait in a queue of their own, so that they survive a restart; the queue's visibility time-out is the pause
 * before a retry. The answer stops it.
 */
export function deliverToFunction(options: {
  queue: LocalQueue
  functionArn: string
  subscriptionArn: string
  invoke: InvokeFunction
  log: (message: string) => void
}): () => void {
  const { queue, functionArn, subscriptionArn, invoke, log } = options

  const deliver = async (message: ReceivedMessage): Promise<void> => {
    try {
      await invoke(functionArn, { Records: [snsRecord(message.body, subscriptionArn)] })
    } catch (error) {
      if (message.receives < mostAttempts) return
      log(
        `sns: ${functionArn} failed ${mostAttempts} times on message ${message.messageId}, which is dropped: ${String(error)}`,
      )
    }
    queue.delete(message.receiptHandle)
  }

  const pump = (): void => {
    for (const message of queue.receive({ max: 10 })) void deliver(message)
  }
  const stop = queue.onReady(pump)
  pump()
  return stop
}

/** A record of Lambda's SNS event. Its URLs are spelt otherwise than in the notification. */
function snsRecord(envelope: string, subscriptionArn: string): object {
  const { SigningCertURL, UnsubscribeURL, ...notification } = JSON.parse(envelope) as Record<string, unknown>
  return {
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: subscriptionArn,
    Sns: {
      Subject: null,
      MessageAttributes: {},
      ...notification,
      SigningCertUrl: SigningCertURL,
      UnsubscribeUrl: UnsubscribeURL,
    },
  }
}

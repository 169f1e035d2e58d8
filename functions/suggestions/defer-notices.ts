import { makeEvent } from '../platform/bus/event.ts'
import type { SendMessage } from '../platform/bus/sqs-sender.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { newestMessages } from './conversation.ts'
import { noticeDeferred } from './events.ts'
import type { Notice } from './intercom/notification.ts'

/** Hands notifications to the queue `desk-intake`, from which intake.ts records them; `now` in ms since 1970. */
export function deferNotices(queueUrl: string, send: SendMessage, now: () => number) {
  return (notice: Notice, trace: Trace): Promise<void> => {
    // No conversation keeps more messages: with these the message is small, whatever the notification was.
    const data = { ...notice, messages: [...newestMessages(notice.messages)] }
    const body = makeEvent(noticeDeferred, data, {
      id: notice.notificationId,
      time: new Date(now()).toISOString(),
      subject: notice.conversationId,
      trace,
    })
    return send({ queueUrl, body })
  }
}

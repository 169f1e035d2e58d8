import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import type { ReceiptPorts } from './receipt.ts'

/** Sends letters by SES. */
export function sesMailer(from: string): ReceiptPorts['send'] {
  // SES throttles by letters a second; the SDK's own back-off spreads them.
  const client = new SESv2Client({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  })
  const part = (Data: string) => ({ Data, Charset: 'UTF-8' })
  return async (to, { subject, text, html }) => {
    await client.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: part(subject), Body: { Text: part(text), Html: part(html) } } },
      }),
    )
  }
}

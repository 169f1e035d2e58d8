import { BadRequestException, MessageRejected, SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import { LetterRefusedError, type SendLetter } from './letter.ts'

/** Sends letters by SES. */
export function sesMailer(from: string): SendLetter {
  // SES throttles by letters a second; the SDK's own back-off spreads them.
  const client = new SESv2Client({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  })
  const part = (Data: string) => ({ Data, Charset: 'UTF-8' })
  return async (to, { subject, text, html }) => {
    try {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          Content: { Simple: { Subject: part(subject), Body: { Text: part(text), Html: part(html) } } },
        }),
      )
    } catch (error) {
      // What SES says of the account or of its own state passes, or is put right; these two are about the letter.
      if (error instanceof BadRequestException || error instanceof MessageRejected) {
        throw new LetterRefusedError(`SES refused the letter: ${error.message}`, { cause: error })
      }
      throw error
    }
  }
}

import { signatureHeader, signNotification } from '../../functions/suggestions/intercom/signature.ts'
import { type HttpAnswer, type HttpClient, type Retrying, sendUntilAnswered } from '../replay/post.ts'

/** Posts a notification signed as Intercom signs it, again until it is answered for good. */
export function notify(
  client: HttpClient,
  body: string,
  secret: string,
  retrying: Retrying,
): Promise<HttpAnswer> {
  const headers = {
    'content-type': 'application/json',
    [signatureHeader]: signNotification(Buffer.from(body), secret),
  }
  return sendUntilAnswered(() => client.send('POST', '/webhooks/intercom', headers, body), retrying)
}

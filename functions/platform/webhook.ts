/**
 * Calls to others' webhooks, signed after Standard Webhooks (https://www.standardwebhooks.com), whose libraries verify
 * them in most languages.
 *
 * @module
 */
import { createHmac } from 'node:crypto'

/** `v1,<base64>` of each secret, separated by spaces: HMAC-SHA256 over id, timestamp and body. */
export function signWebhook(secrets: readonly Buffer[], id: string, timestamp: number, body: string): string {
  return secrets
    .map((secret) => {
      const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
      return `v1,${mac}`
    })
    .join(' ')
}

/** Reads `whsec_<base64>`, several separated by spaces or lines. Throws an Error that gives nothing of them away. */
export function readWebhookSecrets(text: string): readonly Buffer[] {
  const secrets = text
    .split(/\s+/)
    .filter((secret) => secret !== '')
    .map((secret, index) => {
      const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1]
      const bytes = Buffer.from(base64 ?? '', 'base64')
      // Standard Webhooks asks for 24 to 64 bytes.
      if (bytes.length < 24 || bytes.length > 64) {
        throw new Error(
          `secret ${index + 1} of the webhook is not whsec_ and the base64 of 24 to 64 bytes: make one with \`openssl rand -base64 32\``,
        )
      }
      return bytes
    })
  if (secrets.length === 0) throw new Error('the webhook has no secret: store whsec_<base64>')
  return secrets
}

/** Checks a webhook's URL. Throws an Error that says what would do. */
export function checkWebhookUrl(text: string): string {
  const url = URL.parse(text)
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) && url.username === '') {
    return text
  }
  throw new Error(`is ${JSON.stringify(text)}: use an https address without a name and password in it`)
}

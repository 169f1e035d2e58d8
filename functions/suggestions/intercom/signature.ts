import { createHmac, timingSafeEqual } from 'node:crypto'

/** The header of a notification's signature. */
export const signatureHeader = 'x-hub-signature'

/**
 * The signature of a notification: `sha1=` and 40 hex digits, HMAC-SHA1 over the body's bytes with the app's client secret.
 * https://developers.intercom.com/docs/references/webhooks/webhook-models (Signed Notifications), RFC 2104
 */
export function signNotification(body: Uint8Array, clientSecret: string): string {
  return `sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}`
}

/** Whether the bytes were signed with the secret. Takes the same time wherever signatures differ. */
export function isSignedNotification(
  body: Uint8Array,
  signature: string | undefined,
  clientSecret: string,
): boolean {
  const hex = /^sha1=([0-9a-f]{40})$/i.exec(signature ?? '')?.[1]
  if (hex === undefined) return false
  const expected = createHmac('sha1', clientSecret).update(body).digest()
  return timingSafeEqual(Buffer.from(hex, 'hex'), expected)
}

/** The client secrets of a parameter, one a line. Throws when there is none: every signature would be forged. */
export function readSecrets(text: string): readonly string[] {
  const secrets = text.split('\n').flatMap((line) => line.trim() || [])
  if (secrets.length === 0)
    throw new Error("the parameter of Intercom's client secret is blank: store the secret there")
  return secrets
}

import type { HttpEvent } from '../platform/http.ts'
import { ProblemError } from '../platform/problem.ts'

/** The body's bytes, for a signature over them. Throws ProblemError 413 for more than `bytesMax`. */
export function readRawBody({ body = '', isBase64Encoded }: HttpEvent, bytesMax: number): Uint8Array {
  // Base64 is longer than what it carries; the quick look keeps a huge body from being copied at all.
  const tooLarge = body.length > bytesMax * 2
  const bytes = tooLarge ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  if (bytes && bytes.length <= bytesMax) return bytes
  throw new ProblemError({
    status: 413,
    code: 'body-too-large',
    title: 'The body is too large',
    detail: `the body has about ${bytes?.length ?? body.length} bytes; ${bytesMax} are the most`,
    remedy: 'send a single notification',
  })
}

/** Reads a request's body, within a size. */
import type { IncomingMessage } from 'node:http'

/** API Gateway's limit. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const bodyBytesMax = 10 * 1024 * 1024

/** The body; 'too-large' beyond `bytesMax`, as soon as that is known; 'aborted' when the client left. */
export function readBody(
  request: IncomingMessage,
  bytesMax = bodyBytesMax,
): Promise<Buffer | 'too-large' | 'aborted'> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.resolve('too-large')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) {
        request.pause()
        resolve('too-large')
        return
      }
      chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', () => resolve('aborted'))
    request.on('close', () => resolve('aborted'))
  })
}

import { Readable } from 'node:stream'
import type { AwsService } from '../aws.ts'

interface SdkRequest {
  readonly method: string
  readonly path: string
  readonly query?: Record<string, string | readonly string[] | null>
  readonly headers: Record<string, string>
  readonly body?: unknown
}

/** Carries an SDK client's requests to a service in this process: for tests, with everything else of the client real. */
export function inProcessHandler(service: AwsService) {
  return {
    async handle(request: SdkRequest) {
      const query: Record<string, string | readonly string[]> = {}
      for (const [name, value] of Object.entries(request.query ?? {})) if (value !== null) query[name] = value
      const answer = await service({
        method: request.method,
        path: request.path,
        query,
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: bytes(request.body),
      })
      return {
        response: {
          statusCode: answer.statusCode,
          headers: { ...answer.headers },
          body: Readable.from([Buffer.from(answer.body)]),
        },
      }
    },
  }
}

function bytes(body: unknown): Uint8Array {
  // A plain view: the SDK's own body warns of being read as anything but bytes.
  if (body instanceof Uint8Array) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  if (body === undefined || body === null) return new Uint8Array()
  if (typeof body === 'string') return Buffer.from(body)
  throw new TypeError(`request body is a ${typeof body}; expected text or bytes`)
}

/** What every SDK client of a test needs. */
export const testClientConfig = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  endpoint: 'http://localhost:4002',
}

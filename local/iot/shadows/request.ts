/**
 * Reads what is asked of a shadow, with AWS's words for what is wrong. Pure. docs/aws-iot-core.md §7.
 *
 * @module
 */
import { shadowDocumentBytesMax } from '../limits.ts'
import { depthOf, isObject, type Json, type JsonObject, type Sections } from './document.ts'

/** Further quotas of https://docs.aws.amazon.com/general/latest/gr/iot-core.html (device shadow). */
const shadowLimits = {
  /** Levels in a section. */
  depth: 8,
  clientTokenBytes: 64,
} as const

/** A request that the shadow refuses. `code` is the HTTP status, and the `code` of a rejection over MQTT. */
export class ShadowError extends Error {
  override readonly name = 'ShadowError'
  readonly code: 400 | 404 | 409 | 413 | 415 | 429
  readonly clientToken: string | undefined

  constructor(code: ShadowError['code'], message: string, clientToken?: string) {
    super(message)
    this.code = code
    this.clientToken = clientToken
  }
}

export interface UpdateRequest {
  readonly state: Sections<JsonObject | null>
  /** The version that the sender saw. */
  readonly version: number | undefined
  readonly clientToken: string | undefined
}

/** Throws ShadowError. */
export function readUpdate(body: Uint8Array): UpdateRequest {
  if (body.length > shadowDocumentBytesMax)
    throw new ShadowError(
      413,
      `The payload exceeds the maximum size allowed (${body.length} bytes of ${shadowDocumentBytesMax})`,
    )
  const request = parse(body)
  const clientToken = readClientToken(request)
  const bad = (message: string): never => {
    throw new ShadowError(400, message, clientToken)
  }
  const { state, version } = request
  if (state === undefined) return bad('Missing required node: state')
  if (!isObject(state)) return bad('State node must be an object')
  const unknown = Object.keys(state).find((name) => name !== 'desired' && name !== 'reported')
  if (unknown !== undefined)
    return bad(`State contains an invalid node: '${unknown.slice(0, 60)}'; use desired and reported`)
  const { desired, reported } = state
  if (!isSection(desired)) return bad('Desired node must be an object')
  if (!isSection(reported)) return bad('Reported node must be an object')
  if (depthOf(desired ?? null) > shadowLimits.depth || depthOf(reported ?? null) > shadowLimits.depth)
    return bad(`JSON contains too many levels of nesting; maximum is ${shadowLimits.depth}`)
  if (version !== undefined && (typeof version !== 'number' || !Number.isInteger(version) || version < 0))
    return bad(`Invalid version: ${JSON.stringify(version).slice(0, 60)}`)
  return {
    state: { ...(desired !== undefined && { desired }), ...(reported !== undefined && { reported }) },
    version,
    clientToken,
  }
}

/** The client token of a get or a delete, whose body may be empty. Throws ShadowError. */
export function readToken(body: Uint8Array): string | undefined {
  return body.length === 0 ? undefined : readClientToken(parse(body))
}

function parse(body: Uint8Array): JsonObject {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    // What it is not, the answer says.
    throw new ShadowError(415, 'Unsupported documented encoding; supported encoding is UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ShadowError(400, 'Payload contains invalid json')
  }
  if (!isObject(value)) throw new ShadowError(400, 'Payload is not a JSON object')
  return value
}

function readClientToken({ clientToken }: JsonObject): string | undefined {
  if (clientToken === undefined) return undefined
  if (typeof clientToken === 'string' && Buffer.byteLength(clientToken) <= shadowLimits.clientTokenBytes)
    return clientToken
  throw new ShadowError(400, 'Invalid clientToken')
}

function isSection(value: Json | undefined): value is JsonObject | null | undefined {
  return value === undefined || value === null || isObject(value)
}

import { randomUUID } from 'node:crypto'
import type { AwsResponse } from '../aws.ts'
import type { AwsServiceError } from './aws-json.ts'

const encoder = new TextEncoder()

/** The parameters of an AWS Query request: a form, names flattened with dots. */
export function readQuery(body: Uint8Array): Map<string, string> {
  const parameters = new Map<string, string>()
  const form = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  if (form === '') return parameters
  for (const pair of form.split('&')) {
    const equals = pair.indexOf('=')
    if (equals < 0) parameters.set(decode(pair), '')
    else parameters.set(decode(pair.slice(0, equals)), decode(pair.slice(equals + 1)))
  }
  return parameters
}

/** Parameters of one entry of a list, `<prefix>.member.<n>.…`, as maps of what follows; SNS lists attributes as entries. */
export function readMembers(parameters: ReadonlyMap<string, string>, prefix: string): Map<string, string>[] {
  const members = new Map<number, Map<string, string>>()
  for (const [name, value] of parameters) {
    if (!name.startsWith(prefix)) continue
    const dot = name.indexOf('.', prefix.length)
    const index = Number(name.slice(prefix.length, dot < 0 ? undefined : dot))
    if (!Number.isInteger(index)) continue
    const member = members.get(index) ?? new Map<string, string>()
    member.set(dot < 0 ? '' : name.slice(dot + 1), value)
    members.set(index, member)
  }
  return [...members].sort(([a], [b]) => a - b).map(([, member]) => member)
}

/** A success; `result` is XML that the caller has escaped. */
export function queryAnswer(namespace: string, action: string, result: string): AwsResponse {
  const requestId = randomUUID()
  return xml(
    200,
    requestId,
    `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>${metadata(requestId)}</${action}Response>`,
  )
}

export function queryError(namespace: string, error: AwsServiceError): AwsResponse {
  const requestId = randomUUID()
  const type = error.statusCode < 500 ? 'Sender' : 'Receiver'
  const code = escapeXml(error.queryCode ?? error.code)
  return xml(
    error.statusCode,
    requestId,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  )
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function xml(statusCode: number, requestId: string, document: string): AwsResponse {
  return {
    statusCode,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: encoder.encode(document),
  }
}

const metadata = (requestId: string): string =>
  `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
}

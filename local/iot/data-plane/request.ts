/** Reads the parts of a data-plane request. Each throws DataPlaneError for what AWS would refuse. */
import type { AwsRequest } from '../../aws.ts'
import { DataPlaneError } from './answer.ts'

/** What follows `prefix` in the path, decoded once: the SDK sends a topic as one segment, curl users do not. docs/aws-iot-core.md §7. */
export function pathRest(path: string, prefix: string): string {
  const rest = path.slice(prefix.length)
  try {
    return decodeURIComponent(rest)
  } catch {
    // Only a malformed escape fails; the request says nothing else that is wrong.
    throw new DataPlaneError(
      'InvalidRequestException',
      `the path ${rest.slice(0, 300)} is not percent-encoded`,
    )
  }
}

/** The first value of a query parameter. */
export function queryValue(request: AwsRequest, name: string): string | undefined {
  const value = request.query[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** A whole number in a range, or undefined when it is absent. */
export function queryNumber(request: AwsRequest, name: string, min: number, max: number): number | undefined {
  const text = queryValue(request, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
  throw new DataPlaneError(
    'InvalidRequestException',
    `${name} is ${text.slice(0, 100)}; use ${min} to ${max}`,
  )
}

/** Where a list goes on: the last name of the page before, or empty for the first page. */
export function readNextToken(request: AwsRequest): string {
  return Buffer.from(queryValue(request, 'nextToken') ?? '', 'base64url').toString()
}

/** `{ nextToken }` after this last name of a page, or nothing when there is no more. */
export function writeNextToken(last: string | undefined): { nextToken?: string } {
  return last === undefined ? {} : { nextToken: Buffer.from(last).toString('base64url') }
}

/** `true`, `false`, or undefined when it is absent. */
export function queryBoolean(request: AwsRequest, name: string): boolean | undefined {
  const text = queryValue(request, name)
  if (text === undefined || text === 'true' || text === 'false')
    return text === undefined ? undefined : text === 'true'
  throw new DataPlaneError('InvalidRequestException', `${name} is ${text.slice(0, 100)}; use true or false`)
}

/** Answers of the data plane, as the SDK decodes them. docs/aws-iot-core.md §7. */
import { randomUUID } from 'node:crypto'
import type { AwsResponse } from '../../aws.ts'
import type { Problem } from '../problem.ts'

const statusCodes = {
  InvalidRequestException: 400,
  UnauthorizedException: 401,
  ForbiddenException: 403,
  ResourceNotFoundException: 404,
  MethodNotAllowedException: 405,
  ConflictException: 409,
  RequestEntityTooLargeException: 413,
  UnsupportedDocumentEncodingException: 415,
  ThrottlingException: 429,
  InternalFailureException: 500,
  ServiceUnavailableException: 503,
  GatewayTimeoutException: 504,
} as const

/** A request that is refused: thrown by an operation, answered by the data plane. */
export class DataPlaneError extends Error {
  override readonly name = 'DataPlaneError'
  readonly code: keyof typeof statusCodes

  readonly quota: Problem['quota']

  /** `quota`: the bound that the request is over, to be counted. */
  constructor(code: keyof typeof statusCodes, message: string, quota?: Problem['quota']) {
    super(message)
    this.code = code
    this.quota = quota
  }
}

/** A 200 with a JSON body. */
export function answer(body: unknown): AwsResponse {
  return respond(200, {}, body)
}

/** A success without a result: `{ message, traceId }`. */
export function answerOk(): AwsResponse {
  return answer({ message: 'OK', traceId: randomUUID() })
}

/** An error, its kind in `x-amzn-errortype`. */
export function answerError(error: DataPlaneError): AwsResponse {
  return respond(
    statusCodes[error.code],
    { 'x-amzn-errortype': error.code },
    { message: error.message, traceId: randomUUID() },
  )
}

function respond(statusCode: number, headers: Record<string, string>, body: unknown): AwsResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: Buffer.from(JSON.stringify(body)),
  }
}

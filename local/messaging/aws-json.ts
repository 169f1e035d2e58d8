import { randomUUID } from 'node:crypto'
import type { AwsRequest, AwsResponse, AwsService } from '../aws.ts'

/** An answer that AWS gives as an error; the SDKs turn it into an exception of that name. */
export class AwsServiceError extends Error {
  override readonly name = 'AwsServiceError'
  /** The error's name in the service's model: `QueueDoesNotExist`. */
  readonly code: string
  readonly statusCode: number
  /** The code of the older Query protocol, which SDKs prefer where both exist. */
  readonly queryCode: string | undefined

  constructor(code: string, message: string, options: { statusCode?: number; queryCode?: string } = {}) {
    super(message)
    this.code = code
    this.statusCode = options.statusCode ?? 400
    this.queryCode = options.queryCode
  }
}

/** The members of a request's input, read with the checks that a service's model makes. */
export class Input {
  readonly #members: Readonly<Record<string, unknown>>
  readonly #refuse: (message: string) => AwsServiceError

  constructor(members: Readonly<Record<string, unknown>>, refuse: (message: string) => AwsServiceError) {
    this.#members = members
    this.#refuse = refuse
  }

  /** A text that may be absent. */
  optional(name: string): string | undefined {
    const value = this.#members[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string')
      throw this.#refuse(`${name} is ${JSON.stringify(value)}; expected a string.`)
    return value
  }

  text(name: string): string {
    const value = this.optional(name)
    if (value === undefined) throw this.#refuse(`The request must contain the parameter ${name}.`)
    return value
  }

  /** A whole number in a range, or the fallback when absent. */
  integer<Fallback>(name: string, fallback: Fallback, least: number, most: number): number | Fallback {
    const value = this.#members[name]
    if (value === undefined || value === null) return fallback
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw this.#refuse(
        `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: Must be an integer from ${least} to ${most}.`,
      )
    }
    return value
  }

  flag(name: string): boolean {
    return this.#members[name] === true
  }

  texts(name: string): string[] {
    const value = this.#members[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  /** A structure as it came; its reader checks it. */
  structure(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#members[name]
    return isStructure(value) ? value : undefined
  }

  /** The entries of a batch. */
  list(name: string): Input[] {
    const value = this.#members[name]
    if (!Array.isArray(value)) return []
    return value.filter((item) => isStructure(item)).map((item) => new Input(item, this.#refuse))
  }
}

const isStructure = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export type JsonOperation = (input: Input) => object | Promise<object>

export interface AwsJsonOptions {
  /** Version of the protocol: SQS speaks 1.0, SSM 1.1. */
  readonly version: '1.0' | '1.1'
  /** Namespace of error names, `com.amazonaws.sqs`. */
  readonly namespace: string
  /** Error name for members of the wrong type. */
  readonly invalidCode: string
  readonly operations: Readonly<Record<string, JsonOperation>>
  /** Told of failures that are no answer of AWS's. */
  readonly log: (message: string) => void
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** A service that speaks AWS JSON: the operation in `x-amz-target`, input and output as JSON. */
export function awsJsonService(options: AwsJsonOptions): AwsService {
  const contentType = `application/x-amz-json-${options.version}`
  const refuse = (message: string): AwsServiceError =>
    new AwsServiceError(options.invalidCode, message, { queryCode: options.invalidCode })
  const answer = (statusCode: number, body: object, headers: Record<string, string> = {}): AwsResponse => ({
    statusCode,
    headers: { 'content-type': contentType, 'x-amzn-requestid': randomUUID(), ...headers },
    body: encoder.encode(JSON.stringify(body)),
  })
  return async (request) => {
    try {
      const operation = (request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? ''
      const run = Object.hasOwn(options.operations, operation) ? options.operations[operation] : undefined
      if (!run) {
        throw new AwsServiceError(
          'UnknownOperationException',
          `The operation ${operation} is not part of the local AWS.`,
        )
      }
      return answer(200, await run(new Input(readJson(request, refuse), refuse)))
    } catch (error) {
      if (!(error instanceof AwsServiceError)) {
        options.log(
          `${options.namespace}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        )
        return answer(500, {
          __type: `${options.namespace}#InternalError`,
          message: 'We encountered an internal error.',
        })
      }
      return answer(
        error.statusCode,
        { __type: `${options.namespace}#${error.code}`, message: error.message },
        error.queryCode === undefined ? {} : { 'x-amzn-query-error': `${error.queryCode};Sender` },
      )
    }
  }
}

function readJson(
  request: AwsRequest,
  refuse: (message: string) => AwsServiceError,
): Record<string, unknown> {
  if (request.body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(decoder.decode(request.body))
    if (isStructure(value)) return value
  } catch {
    // Answered below: whatever is not JSON is refused in one way.
  }
  throw refuse('The request body is not a JSON object.')
}

/**
 * How the parts of the local AWS meet: a service takes one HTTP request of the AWS protocols and answers it, whoever
 * carries the request (a message port from a Lambda's worker, or the HTTP front for tools).
 *
 * @module
 */

/** One request to an AWS service, as an SDK client signs and sends it. */
export interface AwsRequest {
  readonly method: string
  /** Still percent-encoded: `/topics/a%2Fb`. */
  readonly path: string
  readonly query: Readonly<Record<string, string | readonly string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface AwsResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type AwsService = (request: AwsRequest) => Promise<AwsResponse> | AwsResponse

/** The services of the local AWS, by the name that endpoints use: `AWS_ENDPOINT_URL_DYNAMODB` and so on. */
export type AwsServiceName = 'dynamodb' | 'sns' | 'sqs' | 'iot-data' | 'sesv2' | 'ssm'

/** The account that the local stack plays. */
export const localAccount = {
  accountId: '000000000000',
  region: 'eu-west-1',
  accessKeyId: 'local',
  secretAccessKey: 'local',
} as const

/** The access key of a function's role: a service can tell by it who asks. Its secret is the account's. */
export function accessKeyIdOf(functionKey: string): string {
  return `local-${functionKey}`
}

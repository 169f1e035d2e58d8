/**
 * SSM Parameter Store, as far as functions read it: GetParameter and GetParameters (AWS JSON 1.1).
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 *
 * @module
 */
import { type AwsResponse, type AwsService, localAccount } from '../aws.ts'

/** `values` by parameter name; a function is asked at each read. */
export function createParameters(values: Readonly<Record<string, string | (() => string)>>): AwsService {
  const read = (name: string): Record<string, unknown> | undefined => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return undefined
    return {
      ARN: `arn:aws:ssm:${localAccount.region}:${localAccount.accountId}:parameter${name}`,
      Name: name,
      Type: 'SecureString',
      Value: typeof value === 'function' ? value() : value,
      Version: 1,
      DataType: 'text',
    }
  }
  return (request) => {
    const operation = request.headers['x-amz-target']?.split('.')[1]
    const input = JSON.parse(Buffer.from(request.body).toString('utf8') || '{}') as {
      Name?: string
      Names?: string[]
    }
    if (operation === 'GetParameter') {
      const parameter = read(input.Name ?? '')
      if (!parameter)
        return answer(400, { __type: 'ParameterNotFound', message: `Parameter ${input.Name} not found.` })
      return answer(200, { Parameter: parameter })
    }
    if (operation === 'GetParameters') {
      const names = input.Names ?? []
      return answer(200, {
        Parameters: names.flatMap((name) => read(name) ?? []),
        InvalidParameters: names.filter((name) => !read(name)),
      })
    }
    return answer(400, {
      __type: 'InvalidAction',
      message: `The local Parameter Store has GetParameter and GetParameters, not ${operation}.`,
    })
  }
}

function answer(statusCode: number, body: unknown): AwsResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: Buffer.from(JSON.stringify(body)),
  }
}

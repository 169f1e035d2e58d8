/**
 * SSM Parameter Store, as far as functions read it: GetParameter and GetParameters (AWS JSON 1.1).
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 *
 * @module
 */
import { localAccount } from '../aws.ts'
import type { AwsService } from '../aws.ts'
import { AwsServiceError, awsJsonService } from '../messaging/aws-json.ts'

/** A value, or a function that is asked for it at each read. */
export type ParameterValue = string | (() => string | Promise<string>)

/** Names that one GetParameters may ask for. */
const namesMax = 10

/**
 * Parameters by name, all of type SecureString: what a function reads without `WithDecryption` is not the value, here
 * as on AWS.
 *
 * @param log told of a value's function that failed; the caller gets an InternalServerError
 */
export function createParameters(
  values: Readonly<Record<string, ParameterValue>>,
  log: (message: string) => void = () => undefined,
): AwsService {
  const read = async (name: string, decrypted: boolean): Promise<object | undefined> => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return undefined
    const text = typeof value === 'function' ? await value() : value
    return {
      ARN: `arn:aws:ssm:${localAccount.region}:${localAccount.accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
      Name: name,
      Type: 'SecureString',
      Value: decrypted ? text : `encrypted:${Buffer.from(name).toString('base64')}`,
      Version: 1,
      DataType: 'text',
    }
  }

  return awsJsonService({
    version: '1.1',
    namespace: 'com.amazonaws.ssm',
    invalidCode: 'ValidationException',
    log,
    operations: {
      GetParameter: async (input) => {
        const name = input.text('Name')
        const parameter = await read(name, input.flag('WithDecryption'))
        if (!parameter) throw new AwsServiceError('ParameterNotFound', `Parameter ${name} not found.`)
        return { Parameter: parameter }
      },
      GetParameters: async (input) => {
        const names = input.texts('Names')
        if (names.length === 0 || names.length > namesMax) {
          throw new AwsServiceError(
            'ValidationException',
            `${names.length} names; 1 to ${namesMax} are allowed`,
          )
        }
        const found = await Promise.all(names.map((name) => read(name, input.flag('WithDecryption'))))
        return {
          Parameters: found.filter((parameter) => parameter !== undefined),
          InvalidParameters: names.filter((_, index) => found[index] === undefined),
        }
      },
    },
  })
}

/**
 * Who may ask IoT Core what in the stack: the account's own key everything, a function what its `permissions` in
 * serverless.yml say. docs/aws-iot-core.md §5b, §6.
 *
 * @module
 */
import { isPublisherGroup } from '../topics/contract/publisher-topics.ts'
import { accessKeyIdOf, localAccount } from './aws.ts'
import { type CredentialOptions, defaultCredentials } from './iot/index.ts'
import type { Template } from './template/template.ts'

/** Every topic: contracts come and go while the stack runs, and `permissions` are read at its start. */
const everyTopic = `arn:aws:iot:${localAccount.region}:${localAccount.accountId}:topic/*`

/** The account's credential, and one for each function. */
export function stackCredentials(template: Template): CredentialOptions[] {
  const ofFunctions = Object.values(template.functions).map(({ key, name, iotStatements }) => ({
    accessKeyId: accessKeyIdOf(key),
    secretAccessKey: localAccount.secretAccessKey,
    principal: name,
    policies: [
      {
        Version: '2012-10-17',
        Statement: iotStatements.map((statement) =>
          isPublisherGroup(statement['Resource']) ? { ...statement, Resource: everyTopic } : statement,
        ),
      },
    ],
  }))
  return [...defaultCredentials, ...ofFunctions]
}

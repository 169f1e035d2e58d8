/** The functions of serverless.yml, run on this machine. */
export { BundleError } from './bundler.ts'
export { type KillPlan, type KillSide, serviceNameOf } from './carrier.ts'
export {
  EventTooLargeError,
  FunctionError,
  FunctionThrottledError,
  HostClosedError,
  UnknownFunctionError,
} from './errors.ts'
export type { LogLine } from './function-log.ts'
export {
  createLambdaHost,
  type LambdaHost,
  type LambdaHostOptions,
  type LambdaHostStats,
} from './lambda-host.ts'
export { watchSources } from './watch-sources.ts'

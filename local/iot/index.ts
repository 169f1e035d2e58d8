/** The local AWS IoT Core: `startIotCore(options)`. */
export type { AuthorizerOptions } from './auth/authorizer.ts'
export { type IotCore, IotCoreStartError, startIotCore } from './iot-core.ts'
export type { DisconnectReason, LifecycleEvent, LifecycleListener } from './lifecycle.ts'
export type { NewMessage } from './message.ts'
export { type MeteredUnits, totalUnits } from './meter.ts'
export type { IotCoreOptions, LogLine } from './options.ts'
export type { ConnectionStats, IotStats } from './stats.ts'

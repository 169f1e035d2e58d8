/** AWS on one machine: all that a serverless.yml names, or the local AWS IoT Core alone. */
export { type Faults, noFaults } from './faults.ts'
export { type IotCore, type IotCoreOptions, IotCoreStartError, startIotCore } from './iot/index.ts'
export { type LocalStack, StackError, type StackOptions, startStack } from './stack.ts'

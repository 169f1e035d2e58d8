/** The topics, and what reads them. */
export * from './contract/index.ts'
export { contracts } from './registry.ts'

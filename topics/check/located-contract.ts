import type { TopicContract } from '../contract/contract.ts'

/** A contract and where it stands. */
export interface LocatedContract {
  /** Name of its export. */
  readonly name: string
  readonly contract: TopicContract
  readonly file: string
  /** Of its export, from 1. */
  readonly line: number
  /** Its doc comment's text; empty without one. */
  readonly description: string
  /** The line within the contract that names a property, or the contract's own. */
  lineOf(property: string): number
}

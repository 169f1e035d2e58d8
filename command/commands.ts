/**
 * Every command of `fanfare`. A command's module is loaded when it is asked for, so that each starts quickly.
 *
 * @module
 */
import type { Command } from './command.ts'

export interface CommandEntry {
  readonly name: string
  /** One line for the list. */
  readonly summary: string
  readonly load: () => Promise<{ readonly command: Command }>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'iot',
    summary: 'AWS IoT Core on this machine, alone',
    load: () => import('./iot.ts'),
  },
  {
    name: 'check',
    summary: 'what is wrong with the contracts: limits, sizes, quotas, budgets, breaking changes',
    load: () => import('./check.ts'),
  },
  {
    name: 'cost',
    summary: 'what topics cost in a month, and which quota is reached first',
    load: () => import('./cost.ts'),
  },
  {
    name: 'asyncapi',
    summary: 'the contracts as an AsyncAPI document, or as a page for people',
    load: () => import('./asyncapi.ts'),
  },
  {
    name: 'events',
    summary: 'which event goes where: a diagram, or in words',
    load: () => import('./events.ts'),
  },
  {
    name: 'revoke',
    summary: "ends a principal's connections and refuses its tokens",
    load: () => import('./revoke.ts'),
  },
  {
    name: 'redrive',
    summary: 'dead-letter queues: what lies there and why, sent back or discarded',
    load: () => import('./redrive.ts'),
  },
]

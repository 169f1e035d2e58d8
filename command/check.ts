/**
 * `fanfare check`: what is wrong with the contracts, for people and for CI.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkContracts } from '../topics/check/check.ts'
import { findingText } from '../topics/check/finding.ts'
import { loadContracts } from '../topics/check/load-contracts.ts'
import type { LocatedContract } from '../topics/check/located-contract.ts'
import {
  LockFileError,
  lockFileName,
  lockText,
  readLock,
  type Released,
  releaseOf,
} from '../topics/check/lock.ts'
import { accountQuotaIds } from '../topics/cost/account-quotas.ts'
import { defaultRegion } from '../topics/cost/prices.ts'
import { type Command, UsageError } from './command.ts'
import { readQuotas } from './quotas-option.ts'

const help = `fanfare check: what is wrong with the contracts: AWS's limits, overlapping patterns, messages that can grow too
large, audiences and budgets that do not fit, policies, and changes that would mislead who reads by a released contract

  fanfare check [--contracts FOLDER] [--json] [--release [--retire PATTERN]]

  --contracts FOLDER  folder of the contract files (default: topics)
  --json              findings as JSON
  --region REGION     AWS Region of quotas and prices (default: ${defaultRegion})
  --quota NAME=N      a quota that AWS has raised for the account; again for another
                      (${accountQuotaIds.join(', ')})
  --release           write ${lockFileName} when nothing is wrong: these contracts are out now
  --retire PATTERN    with --release: a released contract that is gone on purpose; again for another

Exit code 0 when there is no error, 1 when there is one. Notes are no errors.

  fanfare check --json --region us-east-1
`

const options = {
  contracts: { type: 'string', default: 'topics' },
  json: { type: 'boolean', default: false },
  region: { type: 'string', default: defaultRegion },
  quota: { type: 'string', multiple: true, default: [] as string[] },
  release: { type: 'boolean', default: false },
  retire: { type: 'string', multiple: true, default: [] as string[] },
} as const

async function run(args: readonly string[]): Promise<number> {
  const { json, region, quota, retire, ...given } = readArguments(args)
  const lockFile = join(given.contracts, lockFileName)
  const raised = readQuotas(quota)
  const unread = await loadContracts(given.contracts)
  const before = existsSync(lockFile) ? readLock(lockFileText(lockFile), lockFile) : undefined
  const unknown = retire.find((topic) => !before || !Object.hasOwn(before, topic))
  if (unknown !== undefined) throw new UsageError(`--retire ${unknown}: no such contract was released`)
  const released =
    before && Object.fromEntries(Object.entries(before).filter(([topic]) => !retire.includes(topic)))
  const findings = [
    ...unread.findings,
    ...checkContracts(unread.contracts, {
      region,
      raised,
      ...(released ? { released: { contracts: released, file: lockFile } } : {}),
    }),
  ]
  const errors = findings.filter(({ level }) => level === 'error').length
  const writes = given.release && errors === 0
  if (writes) writeFileSync(lockFile, lockText(releases(unread.contracts)))
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ contracts: unread.contracts.length, errors, findings }, undefined, 2)}\n`,
    )
  } else {
    for (const finding of findings) process.stdout.write(`${findingText(finding)}\n`)
    const notes = findings.length - errors
    process.stdout.write(
      `${counted(unread.contracts.length, 'contract')}: ${errors === 0 ? 'no error' : counted(errors, 'error')}${notes > 0 ? `, ${counted(notes, 'note')}` : ''}${writes ? `; released in ${lockFile}` : given.release ? '; not released' : ''}\n`,
    )
  }
  return errors === 0 ? 0 : 1
}

function lockFileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new LockFileError(
      `${file}:1: cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); restore it from version control`,
      { cause },
    )
  }
}

const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true })
    if (values.retire.length > 0 && !values.release) throw new TypeError('--retire goes with --release')
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(values.region))
      throw new TypeError(`--region is ${JSON.stringify(values.region)}; give one such as eu-west-1`)
    return values
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function releases(contracts: readonly LocatedContract[]): Released {
  return Object.fromEntries(
    contracts.flatMap(({ name, contract }) => {
      const released = releaseOf(name, contract)
      // One that cannot be documented is an error, and errors release nothing.
      return 'problem' in released ? [] : [[contract.topic, released]]
    }),
  )
}

export const command: Command = { help, run }

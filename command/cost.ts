/**
 * `fanfare cost`: what the contracts' topics cost in a month, by their declared load or by a scenario.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ContractFolderError, loadContracts } from '../topics/check/load-contracts.ts'
import { findingText } from '../topics/check/finding.ts'
import type { TopicContract } from '../topics/contract/contract.ts'
import { estimate } from '../topics/cost/estimate.ts'
import { declaredMonth, type Month } from '../topics/cost/month.ts'
import { prices } from '../topics/cost/prices.ts'
import { costReport, costText, quotaNames } from '../topics/cost/report.ts'
import { countMax } from '../topics/cost/scenario-schema.ts'
import { readScenario, ScenarioError } from '../topics/cost/scenario.ts'
import { type Command, UsageError } from './command.ts'
import { readQuotas } from './quotas-option.ts'

const help = `fanfare cost: what topics cost in a month: metered units, connection minutes, Lambda, money; what QoS 1 or another
pace would cost instead, and which quota is reached first. docs/cost.md says how it reckons.

  fanfare cost [--scenario FILE] [--audience N] [--region REGION] [--json]

  --scenario FILE     a month in phases (YAML; data/scenarios/telethon.yml is one). Default: the load that contracts declare
  --audience N        people at the busiest, in place of the scenario's
  --region REGION     ${Object.keys(prices).join(', ')}; in place of the scenario's
  --quota NAME=N      a quota that AWS has raised for the account; again for another:
                      ${quotaNames.join('\n                      ')}
  --contracts FOLDER  folder of the contract files (default: topics)
  --json              everything as JSON

  fanfare cost --scenario data/scenarios/telethon.yml --audience 1000000
`

const options = {
  scenario: { type: 'string' },
  audience: { type: 'string' },
  region: { type: 'string' },
  quota: { type: 'string', multiple: true, default: [] as string[] },
  contracts: { type: 'string', default: 'topics' },
  json: { type: 'boolean', default: false },
} as const

async function run(args: readonly string[]): Promise<number> {
  const given = readArguments(args)
  const loaded = await loadContracts(given.contracts)
  const [broken] = loaded.findings
  if (broken) throw new ContractFolderError(findingText(broken).replace('\n    ', '; '))
  const month = monthOf(
    given,
    loaded.contracts.map(({ contract }) => contract),
  )
  const report = costReport(estimate(month))
  if (given.json) {
    const { estimate: made, ...rest } = report
    const { contracts, units, connectionMinutes, lambda, dollars } = made
    const { name, region, audience } = month
    process.stdout.write(
      `${JSON.stringify({ name, region, audience, contracts, units, connectionMinutes, lambda, dollars, ...rest }, undefined, 2)}\n`,
    )
  } else process.stdout.write(costText(report))
  return 0
}

function monthOf(given: ReturnType<typeof readArguments>, contracts: readonly TopicContract[]): Month {
  const { scenario, audience, region, raised } = given
  if (scenario === undefined) {
    if (audience !== undefined)
      throw new UsageError(
        '--audience is for a scenario; without one each contract declares its own in load.audience',
      )
    return declaredMonth(contracts, { ...(region === undefined ? {} : { region }), raised })
  }
  let text: string
  try {
    text = readFileSync(scenario, 'utf8')
  } catch (cause) {
    throw new ScenarioError(
      `${scenario} cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)}); name a scenario file: --scenario FILE`,
      { cause },
    )
  }
  const month = readScenario(text, scenario, contracts, {
    ...(audience === undefined ? {} : { audience }),
    ...(region === undefined ? {} : { region }),
  })
  return { ...month, raised: { ...month.raised, ...raised } }
}

function readArguments(args: readonly string[]) {
  try {
    const { quota, audience, region, ...values } = parseArgs({
      args: [...args],
      options,
      strict: true,
    }).values
    if (audience !== undefined && (!/^\d+$/.test(audience) || Number(audience) > countMax))
      throw new TypeError(`--audience is a whole number of people up to ${countMax}; got ${audience}`)
    if (region !== undefined && !Object.hasOwn(prices, region))
      throw new TypeError(
        `--region ${region} has no sourced prices here; there are ${Object.keys(prices).join(', ')}`,
      )
    return {
      ...values,
      region,
      audience: audience === undefined ? undefined : Number(audience),
      raised: readQuotas(quota),
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError((error as Error).message, { cause: error })
  }
}

export const command: Command = { help, run }

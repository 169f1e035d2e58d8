/**
 * The conformance suite on other brokers: what MQTT says on Debian's Mosquitto, all of it on AWS where an endpoint is configured.
 *
 * @module
 */
import type { OracleReport } from '../../oracle-report.ts'
import { awsTarget } from './aws-target.ts'
import { casesFor, type ConformanceCase } from './case.ts'
import { knownDifferences } from './known-differences.ts'
import { findMosquitto, mosquittoTarget } from './mosquitto.ts'
import { Stage } from './stage.ts'
import { conformanceCases } from './suite.ts'
import type { Target } from './target.ts'

/** Runs the suite on every other broker that is present. */
export async function runOracles(): Promise<OracleReport[]> {
  return [await onMosquitto(), await onAws()]
}

async function onMosquitto(): Promise<OracleReport> {
  const report = { suite: 'MQTT', oracle: 'Mosquitto' }
  const found = findMosquitto()
  if (!found) return { ...report, ...absent, remedy: 'apt-get install mosquitto' }
  const target = await mosquittoTarget(found.command)
  const neutral = conformanceCases.filter(({ of }) => of === 'mqtt')
  const ran = await runSuite(target, neutral, knownDifferences.mosquitto)
  return { ...report, version: found.version, ...ran }
}

async function onAws(): Promise<OracleReport> {
  const report = { suite: 'MQTT', oracle: 'AWS' }
  const url = process.env['ORACLE_IOT_URL']
  if (!url)
    return {
      ...report,
      ...absent,
      remedy: 'set ORACLE_IOT_URL to a wss:// URL with its credentials in the query',
    }
  const ran = await runSuite(awsTarget(url), conformanceCases, knownDifferences.aws)
  return { ...report, version: new URL(url).host, ...ran }
}

const absent = { version: undefined, cases: 0, known: [], differences: [] } as const

/** Runs the cases a target is able to, and closes it. */
export async function runSuite(
  target: Target,
  cases: readonly ConformanceCase[],
  known: Readonly<Record<string, string>>,
): Promise<Pick<OracleReport, 'cases' | 'known' | 'differences'>> {
  const seen: string[] = []
  const differences: string[] = []
  const run = casesFor(cases, target)
  for (const [scene, { name, version, case: each }] of run.entries()) {
    const why = known[name]
    const stage = new Stage(target, version, `${scene}`)
    try {
      await each.run(stage)
      if (why !== undefined) differences.push(`${name}: listed as a difference, and there is none any more`)
    } catch (cause) {
      if (why === undefined)
        differences.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`)
      else seen.push(`${name}: ${why}`)
    } finally {
      await stage.clear()
    }
  }
  await target.close()
  return { cases: run.length, known: seen, differences }
}

/**
 * The conformance suite on other brokers: what MQTT says on Debian's Mosquitto, all of it on AWS where an endpoint is configured.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { seededChance } from '../../chance.ts'
import type { OracleReport } from '../../oracle-report.ts'
import { awsTarget } from './aws-target.ts'
import { casesFor, type ConformanceCase } from './case.ts'
import { knownDifferences } from './known-differences.ts'
import { localTarget } from './local-target.ts'
import { findMosquitto, mosquittoTarget } from './mosquitto.ts'
import { drawTalk, sayTalk } from './random-talks.ts'
import { Stage } from './stage.ts'
import { conformanceCases } from './suite.ts'
import type { Target } from './target.ts'

const randomTalks = 200
const randomSeed = 20_261_121

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
  const talks = await compareTalks(target)
  const ran = await runSuite(target, neutral, knownDifferences.mosquitto)
  return {
    ...report,
    version: found.version,
    cases: ran.cases + randomTalks,
    known: ran.known,
    differences: [...ran.differences, ...talks],
  }
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

/** The same random talks with both: every client must hear the same. */
async function compareTalks(theirs: Target): Promise<string[]> {
  const differences: string[] = []
  for (let at = 0; at < randomTalks; at += 1) {
    const talk = drawTalk(seededChance(randomSeed + at))
    const ours = await localTarget('TCP')
    try {
      assert.deepEqual(await sayTalk(ours, `talk${at}`, talk), await sayTalk(theirs, `talk${at}`, talk))
    } catch (cause) {
      differences.push(`random talk ${at}: ${cause instanceof Error ? cause.message : String(cause)}`)
    } finally {
      await ours.close()
    }
  }
  return differences
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

/**
 * `npm run test:oracle`: the suites of `local/` on other implementations of the same services, where present. Says
 * which were not, and how to get them; writes the results to docs/oracle.md; fails on a difference that is not listed.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { OracleReport } from '../local/oracle-report.ts'

const root = join(import.meta.dirname, '..')

/** Parts that compare themselves; each exports `runOracles(): Promise<OracleReport[]>`. */
const parts = ['local/dynamodb/oracle.ts', 'local/messaging/oracle.ts', 'local/iot/conformance/oracle.ts']

const reports: OracleReport[] = []
for (const part of parts) {
  const { runOracles } = (await import(pathToFileURL(join(root, part)).href)) as {
    runOracles: () => Promise<OracleReport[]>
  }
  process.stdout.write(`${part} …\n`)
  for (const report of await runOracles()) {
    reports.push(report)
    process.stdout.write(`  ${summary(report)}\n`)
    for (const each of report.differences) process.stdout.write(`    ✗ ${each}\n`)
  }
}

writeFileSync(join(root, 'docs', 'oracle.md'), page(reports))
const unexplained = reports.reduce((sum, { differences }) => sum + differences.length, 0)
if (unexplained > 0) {
  process.stdout.write(
    `${unexplained} differences that no known-differences.ts lists. Follow AWS: change the code, or list them with the reason.\n`,
  )
  process.exitCode = 1
}

function summary({ suite, oracle, version, remedy, cases, known, differences }: OracleReport): string {
  if (version === undefined) return `${suite} on ${oracle}: not present (${remedy ?? 'no remedy known'})`
  return `${suite} on ${oracle} ${version}: ${cases} cases, ${known.length} known differences, ${differences.length} others`
}

function page(reports: readonly OracleReport[]): string {
  const date = new Date().toISOString().slice(0, 10)
  const rows = reports.map(({ suite, oracle, version, cases, known, differences }) =>
    version === undefined
      ? `| ${suite} | ${oracle} | not present | | | |`
      : `| ${suite} | ${oracle} | ${version} | ${cases} | ${known.length} | ${differences.length} |`,
  )
  const known = reports.flatMap(({ suite, oracle, known }) =>
    known.map((each) => `- ${suite}, ${oracle}: ${each}`),
  )
  const absent = reports
    .filter(({ version }) => version === undefined)
    .map(({ suite, oracle, remedy }) => `- ${suite} on ${oracle}: ${remedy}`)
  return [
    '# Compared with other implementations',
    '',
    `Written by \`npm run test:oracle\` on ${date}, Node ${process.version}. Each part's \`known-differences.ts\` says where its`,
    'oracle is not AWS, and which messages it words otherwise.',
    '',
    '| suite | oracle | version | cases | known differences | unexplained |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...(known.length > 0 ? ['', '## Known differences', '', ...known] : []),
    ...(absent.length > 0 ? ['', '## Not present in this run', '', ...absent] : []),
    '',
  ].join('\n')
}

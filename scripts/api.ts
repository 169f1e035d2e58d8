/**
 * `npm run api`: writes the reports of what each door of the package offers (`api/`), which accepts a change of it.
 * The package's test compares them.
 */
import { join } from 'node:path'
import { apiChanges, writeApiReports } from './build/api-report.ts'
import { buildPackage } from './build/package.ts'
import { existsSync } from 'node:fs'

const root = join(import.meta.dirname, '..')
await buildPackage(root)
const changed = existsSync(join(root, 'api')) ? apiChanges(root) : ['api/']
writeApiReports(root)
process.stdout.write(
  changed.length === 0
    ? 'no door has changed\n'
    : `${changed.join('\n')}\nwritten: look at the difference, and commit it\n`,
)

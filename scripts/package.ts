/** `npm run package`, and before `npm pack`: makes `dist/`, what the package ships. */
import { join } from 'node:path'
import { buildPackage } from './build/package.ts'

await buildPackage(join(import.meta.dirname, '..'))

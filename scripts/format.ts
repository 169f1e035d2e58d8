/** `npm run format`: formats, and mends what the linter can mend. */
import { runTools } from './build/tools.ts'

process.exitCode = runTools([
  { name: 'format', command: 'oxfmt', args: [] },
  { name: 'lint', command: 'oxlint', args: ['--fix'] },
])

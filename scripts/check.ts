/** `npm run check`: format, lint, types, and the registry of topics up to date. */
import { runTools } from './build/tools.ts'

process.exitCode = runTools([
  { name: 'topics', command: process.execPath, args: ['scripts/topics.ts', '--check'] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  { name: 'lint', command: 'oxlint', args: [] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
])

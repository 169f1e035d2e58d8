/** `npm run check`: format, lint, types, and whether what is made from the code is up to date. */
import { runTools } from './build/tools.ts'

process.exitCode = runTools([
  { name: 'topics', command: process.execPath, args: ['scripts/topics.ts', '--check'] },
  { name: 'settings', command: process.execPath, args: ['scripts/configuration.ts', '--check'] },
  { name: 'contracts', command: process.execPath, args: ['command/main.ts', 'check'] },
  { name: 'sizes', command: process.execPath, args: ['scripts/build/sizes.ts'] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  { name: 'lint', command: 'oxlint', args: [] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
])

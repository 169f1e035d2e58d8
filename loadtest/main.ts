/** `npm run load`. The first Ctrl-C ends the run, which still reports; the second ends the process. */
import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { load } from './load.ts'
import { runLoad } from './run.ts'

const stop = new AbortController()
const interrupted = (): void => {
  if (stop.signal.aborted) process.exit(130)
  process.stderr.write('\nstopping; Ctrl-C again ends at once\n')
  stop.abort()
}
process.on('SIGINT', interrupted)
process.on('SIGTERM', interrupted)

process.exitCode = await load(process.argv.slice(2), {
  runLoad,
  env: process.env,
  out: process.stdout,
  err: process.stderr,
  signal: stop.signal,
  run: randomBytes(4).toString('hex'),
})

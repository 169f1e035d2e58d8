/** `node scripts/run.mjs examples/hono/start.ts`: the example on the local stack, until Ctrl-C. PORT is the site's, 4100 when absent. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onInterrupt } from '../../local/interrupt.ts'
import { startStack } from '../../local/stack.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-hono-'))
const stack = await startStack({
  root: import.meta.dirname,
  dataDir,
  httpPort: Number(process.env['PORT'] ?? 4100),
  iotPort: 0,
  awsPort: 0,
  env: { SHOP_NAME: 'Ann & Söhne' },
})
process.stdout.write(`The shop is at ${stack.urls.site}; Ctrl-C stops it.\n`)
onInterrupt(() => {
  void stack.stop().then(() => {
    rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
})

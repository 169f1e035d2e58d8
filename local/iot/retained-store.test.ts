import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { newMessage } from './message.ts'
import { RetainedStore } from './retained-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'fanfare-retained-'))
const file = join(folder, 'retained.sqlite')

afterAll(() => {
  rmSync(folder, { recursive: true })
})

// docs/aws-iot-core.md §2.4: kept until it is replaced or deleted.
test('what was retained outlives SIGKILL', async () => {
  const script = `
    import { RetainedStore } from '${new URL('retained-store.ts', import.meta.url).href}'
    import { newMessage } from '${new URL('message.ts', import.meta.url).href}'
    const store = new RetainedStore(${JSON.stringify(file)})
    const properties = { contentType: 'text/plain', correlationData: Buffer.from('c') }
    for (let at = 0; at < 500; at += 1)
      store.put(newMessage({ topic: 't' + at, payload: Buffer.from('p' + at), qos: 1, retain: true, properties }, 1000), 1000)
    console.log('stored')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = new RetainedStore(file)
  expect(store.size).toBe(500)
  expect(store.get('t499', 2000)).toMatchObject({
    lastModifiedAt: 1000,
    message: {
      payload: Buffer.from('p499'),
      qos: 1,
      retain: true,
      properties: { contentType: 'text/plain', correlationData: Buffer.from('c') },
    },
  })
  store.put(newMessage({ topic: 't499', payload: Buffer.alloc(0), retain: true }, 3000), 3000)
  expect([store.size, store.get('t499', 4000)]).toEqual([499, undefined])
  store.close()
})

test('what expires is found without a look at what never does', () => {
  const indexed = join(folder, 'indexed.sqlite')
  new RetainedStore(indexed).close()
  const database = new DatabaseSync(indexed)
  const plan = database.prepare('EXPLAIN QUERY PLAN DELETE FROM retained WHERE expiresAt <= ?').all(1)
  database.close()
  expect(JSON.stringify(plan)).toContain('INDEX retainedExpiry')
})

/** What the hostile and the unlucky send, at the real stack. Every promise holds while they do, and afterwards. */
import { spawn } from 'node:child_process'
import { connect as connectSocket, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { donateSurely, eventually, staff, testStack, type TestStack } from './support/stack.ts'

let stack: TestStack
const port = (url: string): number => Number(new URL(url).port)

beforeAll(async () => {
  stack = await testStack()
  await stack.campaign('red-nose')
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

let keys = 0
async function post(body: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(`${stack.urls.site}/donations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `attack-${keys++}`, ...headers },
    body: new Uint8Array(Buffer.from(body)),
  })
  return { status: answer.status, text: await answer.text() }
}

const gift = (fields: string, amount = '{"value":500,"currency":"USD"}'): string =>
  `{"campaignId":"red-nose","amount":${amount}${fields}}`

/** Waits until so many donations are recorded; fails when it stays at another number. */
const recorded = (campaignId: string, donations: number): Promise<void> =>
  eventually(async () => expect(await stack.figures(campaignId)).toMatchObject({ donations }), 10_000)

const put = async (campaignId: string, body: unknown): Promise<number> => {
  const answer = await fetch(`${stack.urls.site}/campaigns/${campaignId}`, {
    method: 'PUT',
    headers: staff,
    body: JSON.stringify(body),
  })
  return answer.status
}

/** What a server answers to these bytes, until it closes or falls silent after an answer. */
function raw(to: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connectSocket(to, '127.0.0.1')
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
    })
    socket.setTimeout(500, () => socket.destroy())
    socket.write(bytes, 'latin1')
  })
}

describe('bodies that are more than they seem', () => {
  it.each<[string, string | Buffer, number]>([
    ['a prototype', gift(',"__proto__":{"campaignId":"other"},"donor":{"__proto__":{"name":"evil"}}'), 202],
    ['a constructor', gift(',"donor":{"constructor":{"prototype":{"name":"evil"}}}'), 202],
    ['a currency that objects know', gift('', '{"value":5,"currency":"__proto__"}'), 400],
    ['an exponent', gift('', '{"value":5e2,"currency":"USD"}'), 202],
    ['a fraction of nothing', gift('', '{"value":500.0,"currency":"USD"}'), 202],
    ['less than nothing', gift('', '{"value":-0,"currency":"USD"}'), 400],
    ['beyond exact integers', gift('', '{"value":9007199254740993,"currency":"USD"}'), 400],
    ['lists in lists', gift(`,"comment":${'['.repeat(7900)}${']'.repeat(7900)}`), 400],
    ['objects in objects', `${'{"amount":'.repeat(1300)}1${'}'.repeat(1300)}`, 400],
    ['UTF-16', Buffer.from(gift(''), 'utf16le'), 400],
    ['a byte order mark', `\uFEFF${gift('')}`, 400],
    ['null', 'null', 400],
    ['control characters and overrides', gift(',"donor":{"name":"\\u0000\\u202E\\u2066x"}'), 202],
  ])('%s', async (_, body, status) => {
    const before = await stack.figures('red-nose')
    const answer = await post(body)
    expect(`${answer.status} ${answer.text}`).toMatch(new RegExp(`^${status} `))
    expect(answer.text).not.toMatch(/\n\s+at |evil/)
    // One more after it, so that what should not have been counted had its time.
    expect((await post(gift('', '{"value":1,"currency":"USD"}'))).status).toBe(202)
    const counted = status === 202 ? 1 : 0
    await recorded('red-nose', before.donations + counted + 1)
    expect((await stack.figures('red-nose')).value).toBe(before.value + 500 * counted + 1)
    expect(JSON.stringify(await stack.feed('red-nose'))).not.toMatch(/evil/)
  })

  it('counts the last of two amounts, in the total and in the feed', async () => {
    const before = await stack.figures('red-nose')
    expect((await post(gift(',"amount":{"value":3,"currency":"USD"}'))).status).toBe(202)
    await recorded('red-nose', before.donations + 1)
    expect((await stack.figures('red-nose')).value).toBe(before.value + 3)
    expect((await stack.feed('red-nose')).at(-1)?.entry.value.amount.value).toBe(3)
  })
})

describe('requests that are two, or none', () => {
  const head = 'Host: localhost\r\nContent-Type: application/json\r\n'
  it.each([
    [
      'a length and chunks',
      `POST /donations HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    ],
    ['two lengths', `POST /donations HTTP/1.1\r\n${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [
      'an unknown transfer encoding',
      `POST /donations HTTP/1.1\r\n${head}Transfer-Encoding: xchunked\r\n\r\n{}`,
    ],
    ['a negative length', `POST /donations HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n{}`],
    [
      'two keys',
      `POST /donations HTTP/1.1\r\n${head}Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n{}`,
    ],
    [
      'two tokens',
      `POST /donations HTTP/1.1\r\n${head}Authorization: Bearer a\r\nAuthorization: ${staff.authorization}\r\nContent-Length: 2\r\n\r\n{}`,
    ],
    ['a way out', 'GET /../../serverless.yml HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an encoded way out', 'GET /%2e%2e/%2e%2e/serverless.yml HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a way out of the letters', 'GET /_fanfare/mail/../keys/current.pem HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a name that objects know', 'GET /__proto__ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x00\xff\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    const answer = await raw(port(stack.urls.site), bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(answer).not.toMatch(/\n\s+at |BEGIN|functions:/)
  })
})

describe('many at once', () => {
  it('who use one key for different donations are counted once', async () => {
    const before = await stack.figures('red-nose')
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        stack.donate(
          { campaignId: 'red-nose', amount: { value: 100 + index, currency: 'USD' } },
          'one-key-for-all',
        ),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).not.toContain(500)
    // Those that were in the queue together with it come before this one.
    expect((await post(gift(''))).status).toBe(202)
    await recorded('red-nose', before.donations + 2)
  })

  it('who make one campaign make one', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((name) => put('at-once', { name: `${name}`, currency: 'USD' })),
    )
    expect(answers.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 201])
    expect(await stack.figures('at-once')).toMatchObject({ value: 0, donations: 0 })
  })

  it('who give while staff rename the campaign are all counted', async () => {
    await stack.campaign('renamed')
    const given = new AbortController()
    const renaming = (async () => {
      for (let index = 0; !given.signal.aborted; index++) {
        expect(await put('renamed', { name: `name ${index}`, currency: 'USD', goal: index + 1 })).toBe(200)
      }
    })()
    await Promise.all(
      Array.from({ length: 8 }, async (_, donor) => {
        for (let index = 0; index < 20; index++) {
          const amount = { value: donor * 100 + index + 1, currency: 'USD' }
          await donateSurely(stack, { campaignId: 'renamed', amount }, `renamed-${donor}-${index}`)
        }
      }),
    )
    given.abort()
    await renaming
    await recorded('renamed', 160)
    const feed = await stack.feed('renamed')
    expect(feed.map(({ sequence }) => sequence)).toEqual(feed.map((_, index) => index + 1))
    expect(await stack.figures('renamed')).toMatchObject({ value: 8 * 210 + 20 * 2800, donations: 160 })
  })
})

describe('connections that say nothing, or nonsense', () => {
  it('do not keep a donation or a visitor waiting', async () => {
    const upgrade = (index: number): string =>
      `GET /mqtt HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${Buffer.alloc(16, index).toString('base64')}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`
    const sockets: Socket[] = []
    for (let index = 0; index < 1000; index++) {
      const socket = connectSocket(port(stack.urls.mqtt), '127.0.0.1')
      socket.on('error', () => {})
      // Half of them do not even finish the upgrade.
      socket.write(index % 2 ? upgrade(index) : 'GET /mqtt HTTP/1.1\r\nHost: x\r\n')
      socket.resume()
      sockets.push(socket)
    }
    const started = performance.now()
    expect((await post(gift(''))).status).toBe(202)
    expect(performance.now() - started).toBeLessThan(2000)
    // The broker closes them itself; a CONNECT is due within ten seconds.
    await eventually(() => expect(sockets.filter(({ closed }) => !closed)).toHaveLength(0), 20_000)
  }, 30_000)

  it('a packet in frames of one byte does not stop the stack', async () => {
    const socket = new WebSocket(stack.urls.mqtt, ['mqtt'])
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const gone = new Promise((resolve) => socket.once('close', resolve))
    const length = 128 * 1024
    socket.send(Buffer.from([0x10, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14]))
    for (let index = 0; index < length; index++) socket.send(Buffer.from([0]))
    const started = performance.now()
    await post(gift(''))
    // Joined at each frame, eight gigabytes would have been copied first.
    expect(performance.now() - started).toBeLessThan(5000)
    socket.terminate()
    await gone
  }, 30_000)
})

describe('a second stack', () => {
  it('does not touch the data of the first, not even to empty it', async () => {
    const program = fileURLToPath(new URL('../local/start.ts', import.meta.url))
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, '--fresh'], {
      env: { ...process.env, PORT: '0', IOT_PORT: '0', AWS_PORT: '0', FANFARE_DATA: stack.dataDir },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1)
    expect(said).toMatch(/^npm start: another stack uses the data folder .*FANFARE_DATA/)
    expect(said).not.toMatch(/\n\s+at /)
    const before = await stack.figures('red-nose')
    expect((await post(gift(''))).status).toBe(202)
    await recorded('red-nose', before.donations + 1)
  }, 30_000)
})

describe('a table that is away for a day', () => {
  it('sets no accepted donation aside', () => {
    const queue = stack.template.queues.find(({ logicalId }) => logicalId === 'LedgerQueue')
    const attempts = queue?.redrive?.maxReceiveCount ?? 0
    expect(attempts * (queue?.visibilityTimeoutSeconds ?? 0)).toBeGreaterThanOrEqual(86_400)
  })
})

describe('letters', () => {
  it('go out though SES was away, and though some addresses are refused for good', async () => {
    await stack.campaign('letters')
    const give = async (key: string, email: string): Promise<void> => {
      const amount = { value: 5, currency: 'USD' }
      await donateSurely(stack, { campaignId: 'letters', amount, donor: { email } }, key)
    }
    stack.faults.outages.add('sesv2')
    try {
      for (let index = 0; index < 5; index++) {
        await give(`refused-${index}`, `two..dots${index}@example.org`)
        await give(`sent-${index}`, `donor${index}@letters.example`)
      }
      await recorded('letters', 10)
      await new Promise((resolve) => setTimeout(resolve, 3000))
    } finally {
      stack.faults.outages.clear()
    }
    const wanted = [0, 1, 2, 3, 4].map((index) => `donor${index}@letters.example`)
    await eventually(() => {
      const to = new Set(stack.mail.letters().map((letter) => letter.to[0]))
      expect(wanted.filter((address) => !to.has(address))).toEqual([])
    }, 20_000)
    const failures = stack.messaging.queue('fanfare-dev-receipt-failures')
    await eventually(() => expect(failures.counts().visible).toBe(5))
    failures.purge()
  }, 60_000)
})

describe('after all that', () => {
  it('nothing lies in a dead-letter queue', async () => {
    await stack.idle()
    for (const name of ['ledger-dlq', 'quiet-dlq', 'receipt-failures', 'broadcast-failures']) {
      const { visible, inFlight, delayed } = stack.messaging.queue(`fanfare-dev-${name}`).counts()
      expect(`${name}: ${visible + inFlight + delayed}`).toBe(`${name}: 0`)
    }
  }, 30_000)
})

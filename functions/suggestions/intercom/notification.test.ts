import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Notice, readNotification } from './notification.ts'
import { plainText, shorten } from './plain-text.ts'
import { isSignedNotification, readSecrets, signNotification } from './signature.ts'

const folder = new URL('../fixtures/', import.meta.url)
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as unknown
const noticeOf = (name: string): Notice => {
  const read = readNotification(fixture(name))
  if (read.kind !== 'notice') throw new Error(`${name} is ${JSON.stringify(read)}`)
  return read.notice
}

it.each([
  [
    'conversation.user.created',
    {
      conversationId: '147',
      customer: 'Maya Okafor',
      adminId: undefined,
      open: true,
      moment: { at: 1767600000, part: 0 },
      messages: [
        {
          messageId: '904512',
          part: 0,
          from: 'customer',
          text: 'Hello, I gave twice by mistake. Can I have a refund for one of my donations?',
          at: '2026-01-05T08:00:00.000Z',
        },
      ],
    },
  ],
  ['conversation.admin.assigned', { adminId: '5011', messages: [], moment: { at: 1767600002, part: 20001 } }],
  [
    'conversation.user.replied',
    {
      messages: [
        expect.objectContaining({ from: 'customer', text: 'It was 25 pounds,\nboth on the same card.' }),
      ],
    },
  ],
  [
    'conversation.admin.replied',
    { messages: [expect.objectContaining({ from: 'agent', messageId: '20003' })] },
  ],
  ['conversation.admin.closed', { open: false, messages: [] }],
  ['conversation.deleted', { conversationId: '147', open: false, messages: [] }],
  [
    'conversation.user.replied.v1',
    {
      conversationId: '148',
      customer: 'Sam Field',
      adminId: '5012',
      messages: [expect.objectContaining({ messageId: '20100', text: 'When do I get my receipt?' })],
    },
  ],
])('reads %s as Intercom documents it', (name, expected) => {
  expect(noticeOf(name)).toMatchObject(expected)
})

it('leaves alone what is of no conversation: a ping without an ID, a contact', () => {
  expect(readNotification(fixture('ping'))).toEqual({ kind: 'other', topic: 'ping' })
  expect(readNotification(fixture('contact.user.created'))).toMatchObject({ kind: 'other' })
})

it('every fixture is read', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  expect(names.length).toBeGreaterThanOrEqual(9)
  for (const name of names)
    expect(readNotification(fixture(name.replace('.json', ''))).kind).not.toBe('unfit')
})

it('any JSON is a notice, something else or unfit, and never an error', () => {
  const whole = fixture('conversation.user.replied') as { data: { item: Record<string, unknown> } }
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(whole.data.item), 'assignee', 'user', 'conversation_message'),
      fc.jsonValue(),
      (key, value) => {
        const item = { ...whole.data.item, [key]: value }
        const read = readNotification({ ...whole, data: { item } })
        if (read.kind !== 'notice') return
        expect(read.notice.messages.every(({ text, at }) => text.length <= 2000 && at.length === 24)).toBe(
          true,
        )
      },
    ),
  )
  fc.assert(fc.property(fc.jsonValue(), (body) => void readNotification(body)))
})

it('a signature is of these bytes and this secret only', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1 }),
      fc.string({ minLength: 1 }),
      fc.nat(),
      (body, secret, bit) => {
        const signature = signNotification(body, secret)
        expect(isSignedNotification(body, signature, secret)).toBe(true)
        expect(isSignedNotification(body, signature.toUpperCase().replace('SHA1', 'sha1'), secret)).toBe(true)
        expect(isSignedNotification(body, signature, `${secret}x`)).toBe(false)
        const other = Uint8Array.from(body)
        const at = bit % body.length
        other[at] = (other[at] ?? 0) ^ 1
        expect(isSignedNotification(other, signature, secret)).toBe(false)
      },
    ),
  )
  for (const wrong of [undefined, '', 'sha1=', 'sha256=00', `sha1=${'0'.repeat(41)}`])
    expect(isSignedNotification(Buffer.from('a'), wrong, 's')).toBe(false)
  // RFC 2202, HMAC-SHA1, test case 2.
  expect(signNotification(Buffer.from('what do ya want for nothing?'), 'Jefe')).toBe(
    'sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  )
  expect(readSecrets(' old\n\nnew ')).toEqual(['old', 'new'])
  expect(() => readSecrets(' \n')).toThrow('store the secret there')
})

it('HTML becomes the text that people read, in linear time', () => {
  expect(plainText('<p>A &amp; B</p><p>&lt;b&gt; &#x1F600;&#33;</p>', 100)).toBe('A & B\n<b> 😀!')
  expect(plainText('a\u0000\tb\r\n\n\n c', 100)).toBe('a b\nc')
  expect(shorten('😀😀', 3)).toBe('😀…')
  const started = performance.now()
  for (const hostile of [
    '<'.repeat(260_000),
    '<p '.repeat(80_000),
    '&'.repeat(260_000),
    ' \n'.repeat(130_000),
  ])
    plainText(hostile, 2000)
  expect(performance.now() - started).toBeLessThan(1000)
})

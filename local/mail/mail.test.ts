import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2'
import type { SendEmailCommandInput } from '@aws-sdk/client-sesv2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inProcessHandler, testClientConfig } from '../messaging/in-process-handler.ts'
import { manualClock } from '../messaging/manual-clock.ts'
import { createMail } from './mail.ts'

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'mail-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const mail = createMail({ folder, clock: manualClock() })
  const client = new SESv2Client({
    ...testClientConfig,
    requestHandler: inProcessHandler(mail.service),
    maxAttempts: 1,
  })
  const send = (input: SendEmailCommandInput) => client.send(new SendEmailCommand(input))
  return { folder, mail, send }
}

const letter = (to: string, subject = 'Thank you'): SendEmailCommandInput => ({
  FromEmailAddress: 'Fanfare <donations@example.org>',
  Destination: { ToAddresses: [to] },
  Content: {
    Simple: {
      Subject: { Data: subject },
      Body: { Text: { Data: 'Dear Zoë' }, Html: { Data: '<p>Dear Zoë</p>' } },
    },
  },
})

describe('local mail', () => {
  it('makes a file of a letter, and keeps it in its folder', async () => {
    const { folder, mail, send } = open()
    const { MessageId } = await send(letter('"../../etc/jo"@example.org', 'Für Sie\r\nBcc: all@example.org'))
    const [file = ''] = mail.files()
    expect(readdirSync(folder)).toEqual([file])
    expect(file).toBe(`2026-01-01T00-00-00-000Z-_______etc_jo_@example_org-${MessageId?.slice(0, 8)}.eml`)
    const text = mail.read(file) ?? ''
    expect(text).toContain('\nSubject: Für Sie Bcc: all@example.org\n')
    expect(text).toContain('\nTo: "../../etc/jo"@example.org\n')
    expect(text).toContain('Dear Zoë')
    expect(text).toContain('<p>Dear Zoë</p>')
    expect(mail.letters()).toMatchObject([{ subject: 'Für Sie\r\nBcc: all@example.org', text: 'Dear Zoë' }])
    expect(mail.sent).toBe(1)
  })

  it('reads nothing but letters', async () => {
    const { mail } = open()
    for (const name of ['../package.json', '2026-01-01-x-aaaaaaaa.eml', '../2026-x-aaaaaaaa.eml']) {
      expect(mail.read(name)).toBeUndefined()
    }
  })

  it.each([
    'nobody',
    'a@b',
    'a b@example.org',
    'a@example.org\r\nBcc: c@example.org',
    '',
    '@example.org',
    'a..b@example.org',
    'a@.example.org',
    'a@exam_ple.org',
    'zoë@example.org',
    'a@exämple.org',
    `${'x'.repeat(65)}@example.org`,
  ])('refuses to send to %j', async (to) => {
    const { mail, send } = open()
    await expect(send(letter(to))).rejects.toMatchObject({ name: 'BadRequestException' })
    expect(mail.files()).toEqual([])
  })

  it('takes what SES takes', async () => {
    const { mail, send } = open()
    for (const to of ["o'hara+gifts@example.co.uk", 'Jo <jo@xn--exmple-cua.org>', 'x@1.example.org'])
      await send(letter(to))
    expect(mail.sent).toBe(3)
  })

  it('refuses more than 50 recipients, none, and letters without a body', async () => {
    const { send } = open()
    const many = Array.from({ length: 26 }, (_, n) => `n${n}@example.org`)
    const wrong: Partial<SendEmailCommandInput>[] = [
      { Destination: { ToAddresses: many, CcAddresses: many } },
      { Destination: {} },
      { Content: { Simple: { Subject: { Data: 's' }, Body: {} } } },
      { Content: { Raw: { Data: new Uint8Array([1]) } } },
    ]
    for (const each of wrong) {
      await expect(send({ ...letter('a@example.org'), ...each })).rejects.toMatchObject({
        name: 'BadRequestException',
      })
    }
  })

  it('answers an error to what is no JSON', async () => {
    const { mail } = open()
    const request = {
      method: 'POST',
      path: '/v2/email/outbound-emails',
      query: {},
      headers: {},
      body: Buffer.from('{'),
    }
    expect(await mail.service(request)).toMatchObject({ statusCode: 400 })
  })
})

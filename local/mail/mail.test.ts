import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { createMail, type Mail } from './mail.ts'

function send(mail: Mail, input: unknown) {
  return mail.service({
    method: 'POST',
    path: '/v2/email/outbound-emails',
    query: {},
    headers: {},
    body: Buffer.from(JSON.stringify(input)),
  })
}

const letter = (to: string, subject = 'Thank you') => ({
  FromEmailAddress: 'Fanfare <donations@example.org>',
  Destination: { ToAddresses: [to] },
  Content: {
    Simple: {
      Subject: { Data: subject },
      Body: { Text: { Data: 'Dear donor' }, Html: { Data: '<p>Dear</p>' } },
    },
  },
})

describe('local mail', () => {
  it('makes a file of a letter, and keeps it in its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mail-'))
    const mail = createMail({ folder, clock: systemClock })
    expect(
      await send(mail, letter('../../etc/jo@example.org', 'Hello\r\nBcc: all@example.org')),
    ).toMatchObject({ statusCode: 200 })
    const [file = ''] = mail.files()
    expect(readdirSync(folder)).toEqual([file])
    expect(file).toMatch(/^[\w-]+-[A-Za-z0-9@_-]+-[\da-f]{8}\.eml$/)
    expect(mail.read(file)).toContain('Subject: Hello Bcc: all@example.org\n')
    expect(mail.read(file)).toContain('Dear donor')
    expect(mail.read('../package.json')).toBeUndefined()
    expect(mail.letters()).toMatchObject([{ subject: 'Hello\r\nBcc: all@example.org', text: 'Dear donor' }])
  })

  it.each(['nobody', 'a@b', 'a b@example.org', 'a@example.org\r\nBcc: c@example.org', ''])(
    'refuses %j',
    async (to) => {
      const mail = createMail({ clock: systemClock })
      expect(await send(mail, letter(to))).toMatchObject({
        statusCode: 400,
        headers: { 'x-amzn-errortype': 'BadRequestException' },
      })
      expect(mail.sent).toBe(0)
    },
  )
})

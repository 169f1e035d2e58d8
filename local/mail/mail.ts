/**
 * SES v2 SendEmail: a letter becomes a file that a person can open.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AwsResponse, AwsService } from '../aws.ts'
import type { Clock } from '../clock.ts'

export interface Letter {
  readonly messageId: string
  readonly at: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

export interface Mail {
  readonly service: AwsService
  /** Letters sent since the stack started, oldest first, at most `lettersKept`. */
  letters(): readonly Letter[]
  /** How many were sent since the stack started. */
  readonly sent: number
  /** Names of the letters' files, newest first, at most 200. */
  files(): readonly string[]
  /** A letter's file, or undefined for a name that `files` does not give. */
  read(file: string): string | undefined
}

/** Letters that `letters()` remembers. */
export const lettersKept = 10_000

/** Addresses in one letter. https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const recipientsMax = 50

interface SendEmailInput {
  readonly FromEmailAddress?: string
  readonly Destination?: { readonly ToAddresses?: readonly string[] }
  readonly ReplyToAddresses?: readonly string[]
  readonly Content?: {
    readonly Simple?: {
      readonly Subject?: { readonly Data?: string }
      readonly Body?: {
        readonly Text?: { readonly Data?: string }
        readonly Html?: { readonly Data?: string }
      }
    }
  }
}

/** Letters go into `folder`, or only into memory when there is none. */
export function createMail({ folder, clock }: { folder?: string | undefined; clock: Clock }): Mail {
  const letters: Letter[] = []
  let sent = 0
  if (folder) mkdirSync(folder, { recursive: true })

  const send = (input: SendEmailInput): AwsResponse => {
    const from = input.FromEmailAddress ?? ''
    const to = input.Destination?.ToAddresses ?? []
    const simple = input.Content?.Simple
    if (!isAddress(from)) return refuse(`Missing or malformed FromEmailAddress: ${JSON.stringify(from)}`)
    if (to.length === 0 || to.length > recipientsMax)
      return refuse(`${to.length} recipients; 1 to ${recipientsMax} are allowed`)
    const bad = to.find((address) => !isAddress(address))
    if (bad !== undefined) return refuse(`Illegal address ${JSON.stringify(bad)}`)
    if (simple?.Subject?.Data === undefined) return refuse('Content.Simple.Subject is needed')
    const letter: Letter = {
      messageId: randomUUID(),
      at: new Date(clock.now()).toISOString(),
      from,
      to,
      subject: simple.Subject.Data,
      text: simple.Body?.Text?.Data ?? '',
    }
    if (folder)
      writeFileSync(join(folder, fileName(letter)), letterText(letter, simple.Body?.Html?.Data), {
        flag: 'wx',
      })
    sent++
    letters.push(letter)
    if (letters.length > lettersKept) letters.shift()
    return answer(200, { MessageId: letter.messageId })
  }

  const files = (): readonly string[] =>
    folder
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.eml'))
          .toSorted()
          .toReversed()
          .slice(0, 200)
      : []
  return {
    service(request) {
      if (request.method !== 'POST' || request.path !== '/v2/email/outbound-emails') {
        return refuse(`The local SES has SendEmail only, not ${request.method} ${request.path}`)
      }
      return send(JSON.parse(Buffer.from(request.body).toString('utf8')) as SendEmailInput)
    },
    letters: () => letters,
    get sent() {
      return sent
    },
    files,
    read: (file) => (folder && files().includes(file) ? readFileSync(join(folder, file), 'utf8') : undefined),
  }
}

/** One line, one @, no characters that would start another header. */
function isAddress(text: string): boolean {
  const address = /<([^<>]*)>$/.exec(text)?.[1] ?? text
  return text.length <= 320 && !/[\r\n]/.test(text) && /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$/.test(address)
}

function fileName(letter: Letter): string {
  const time = letter.at.replaceAll(/[:.]/g, '-')
  const recipient = (letter.to[0] ?? '').replaceAll(/[^A-Za-z0-9@_-]/g, '_').slice(0, 60)
  return `${time}-${recipient}-${letter.messageId.slice(0, 8)}.eml`
}

function letterText(letter: Letter, html: string | undefined): string {
  const headers = [
    `From: ${letter.from}`,
    `To: ${letter.to.join(', ')}`,
    `Subject: ${letter.subject.replaceAll(/[\r\n]+/g, ' ')}`,
    `Date: ${new Date(letter.at).toUTCString()}`,
    `Message-ID: <${letter.messageId}@email.local>`,
    'MIME-Version: 1.0',
  ]
  if (html === undefined)
    return [...headers, 'Content-Type: text/plain; charset=utf-8', '', letter.text, ''].join('\n')
  const boundary = `part-${letter.messageId}`
  const part = (type: string, body: string): string[] => [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    '',
    body,
  ]
  return [
    ...headers,
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    ...part('text/plain', letter.text),
    ...part('text/html', html),
    `--${boundary}--`,
    '',
  ].join('\n')
}

function answer(statusCode: number, body: unknown): AwsResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  }
}

function refuse(text: string): AwsResponse {
  const response = answer(400, { message: text })
  return { ...response, headers: { ...response.headers, 'x-amzn-errortype': 'BadRequestException' } }
}

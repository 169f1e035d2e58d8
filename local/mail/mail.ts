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
import { isLetterFileName, letterFileName, letterText } from './letter-file.ts'
import type { Letter } from './letter-file.ts'
import { addressFault } from './ses-address.ts'

export type { Letter } from './letter-file.ts'

export interface Mail {
  readonly service: AwsService
  /** Letters sent since the stack started, oldest first, at most `lettersKept`. */
  letters(): readonly Letter[]
  /** How many were sent since the stack started. */
  readonly sent: number
  /** Names of the letters' files, newest first, at most 200. */
  files(): readonly string[]
  /** A letter's file, or undefined when there is none of that name. */
  read(file: string): string | undefined
}

/** Letters that `letters()` remembers. */
export const lettersKept = 10_000

/** Addresses in one letter, and bytes of it. https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const recipientsMax = 50
const letterBytesMax = 41_943_040

interface SendEmailInput {
  readonly FromEmailAddress?: string
  readonly Destination?: {
    readonly ToAddresses?: readonly string[]
    readonly CcAddresses?: readonly string[]
    readonly BccAddresses?: readonly string[]
  }
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
    const letter = readLetter(input, clock.now())
    if (typeof letter === 'string') return refuse(letter)
    const text = letterText(letter)
    if (Buffer.byteLength(text) > letterBytesMax)
      return refuse(`Message length is more than ${letterBytesMax} bytes long`)
    // Before the answer, as SES keeps a letter before it answers. `wx`: no letter ever replaces another.
    if (folder) writeFileSync(join(folder, letterFileName(letter)), text, { flag: 'wx' })
    sent++
    letters.push(letter)
    if (letters.length > lettersKept) letters.shift()
    return answer(200, { MessageId: letter.messageId })
  }

  return {
    service(request) {
      if (request.method !== 'POST' || request.path !== '/v2/email/outbound-emails') {
        return refuse(`The local SES has SendEmail only, not ${request.method} ${request.path}`)
      }
      const input = readJson(request.body)
      return input ? send(input) : refuse('The request body is not a JSON object')
    },
    letters: () => letters,
    get sent() {
      return sent
    },
    files: () =>
      folder ? readdirSync(folder).filter(isLetterFileName).toSorted().toReversed().slice(0, 200) : [],
    read: (file) => (folder && isLetterFileName(file) ? readFile(join(folder, file)) : undefined),
  }
}

/** The letter, or what is wrong with it. */
function readLetter(input: SendEmailInput, nowMs: number): Letter | string {
  const from = input.FromEmailAddress ?? ''
  const { ToAddresses: to = [], CcAddresses: cc = [], BccAddresses: bcc = [] } = input.Destination ?? {}
  const replyTo = input.ReplyToAddresses ?? []
  const recipients = to.length + cc.length + bcc.length
  if (recipients === 0) return 'No recipients: give Destination.ToAddresses'
  if (recipients > recipientsMax) return `Recipient count exceeds ${recipientsMax}: ${recipients}`
  for (const address of [from, ...to, ...cc, ...bcc, ...replyTo]) {
    const fault = addressFault(address)
    if (fault !== undefined) return `${fault}: ${JSON.stringify(address)}`
  }
  const simple = input.Content?.Simple
  if (!simple) return 'The local SES takes Content.Simple only, no raw message and no template'
  const { Text: text, Html: html } = simple.Body ?? {}
  if (simple.Subject?.Data === undefined) return 'Content.Simple.Subject.Data is needed'
  if (text?.Data === undefined && html?.Data === undefined) return 'Content.Simple.Body needs Text or Html'
  return {
    messageId: randomUUID(),
    at: new Date(nowMs).toISOString(),
    from,
    to,
    cc,
    bcc,
    replyTo,
    subject: simple.Subject.Data,
    text: text?.Data ?? '',
    html: html?.Data,
  }
}

function readJson(body: Uint8Array): SendEmailInput | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    // The caller refuses whatever is not JSON in one way.
    return undefined
  }
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
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

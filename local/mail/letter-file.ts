/** A letter as it was sent. */
export interface Letter {
  readonly messageId: string
  /** RFC 3339. */
  readonly at: string
  readonly from: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly replyTo: readonly string[]
  readonly subject: string
  /** Empty when the letter has HTML only. */
  readonly text: string
  readonly html: string | undefined
}

/** Its file's name: time, first recipient, and a piece of its ID; nothing in it can leave the folder. */
export function letterFileName(letter: Letter): string {
  const time = letter.at.replaceAll(/[:.]/g, '-')
  const recipient = (letter.to[0] ?? letter.cc[0] ?? letter.bcc[0] ?? '')
    .replaceAll(/[^A-Za-z0-9@_-]/g, '_')
    .slice(0, 60)
  return `${time}-${recipient}-${letter.messageId.slice(0, 8)}.eml`
}

/** Whether a name is one that {@link letterFileName} gives. */
export const isLetterFileName = (name: string): boolean =>
  /^[\w-]+-[A-Za-z0-9@_-]*-[\da-f]{8}\.eml$/.test(name)

/**
 * The letter as a mail program opens it and a person reads it: headers in UTF-8 (RFC 6532), bodies as they are. Bcc is
 * kept, since the file is all there is of the letter.
 */
export function letterText(letter: Letter): string {
  const lists = { To: letter.to, Cc: letter.cc, Bcc: letter.bcc, 'Reply-To': letter.replyTo }
  const headers = [
    `From: ${letter.from}`,
    ...Object.entries(lists).flatMap(([name, list]) =>
      list.length > 0 ? [`${name}: ${list.join(', ')}`] : [],
    ),
    `Subject: ${oneLine(letter.subject)}`,
    `Date: ${new Date(letter.at).toUTCString()}`,
    `Message-ID: <${letter.messageId}@email.local>`,
    'MIME-Version: 1.0',
  ]
  const { text, html } = letter
  if (html === undefined) return [...headers, ...part('text/plain', text), ''].join('\n')
  if (text === '') return [...headers, ...part('text/html', html), ''].join('\n')
  const boundary = `part-${letter.messageId}`
  return [
    ...headers,
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    ...part('text/plain', text),
    `--${boundary}`,
    ...part('text/html', html),
    `--${boundary}--`,
    '',
  ].join('\n')
}

const part = (type: string, body: string): string[] => [
  `Content-Type: ${type}; charset=utf-8`,
  'Content-Transfer-Encoding: 8bit',
  '',
  body,
]

/** A line break in a header would begin another header. */
// eslint-disable-next-line no-control-regex -- control characters are what is replaced
const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001F\u007F]+/g, ' ')

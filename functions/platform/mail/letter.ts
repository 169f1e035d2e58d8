/**
 * A letter to one person: plain text, and the same as simple HTML with every value escaped.
 *
 * @module
 */
import { escapeHtml } from '../../../topics/catalogue/escape-html.ts'

export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Sends a letter. Throws LetterRefusedError for good, anything else for now. */
export type SendLetter = (to: string, letter: Letter) => Promise<void>

/** SES refuses this very letter, its address for instance; another attempt would be refused alike. */
export class LetterRefusedError extends Error {
  override readonly name = 'LetterRefusedError'
  readonly code = 'LETTER_REFUSED'
}

/** A letter of these paragraphs, which are text. */
export function letterOf(subject: string, paragraphs: readonly string[]): Letter {
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="en"><body>\n${paragraphs.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}\n</body></html>\n`,
  }
}

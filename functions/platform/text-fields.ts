/**
 * Texts that people send: cleaned rather than refused where that does no harm, so that nothing fails for a stray
 * character pasted into a field.
 *
 * @module
 */
import * as v from 'valibot'

/** C0 (but tab and line feed), DEL and C1. */
// eslint-disable-next-line no-control-regex -- control characters are what it is for
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** A text as it is kept: without control characters, a line break is `\n`. */
export function cleanText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(controlCharacters, '').trim()
}

/** Likewise, on one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll(/[\n\t]+/g, ' ')
}

/** A text of at most `length` UTF-16 code units, as a browser's maxlength counts; `problem` says so. */
export const textField = (problem: string, length: number, clean: (text: string) => string) =>
  v.pipe(
    v.string(problem),
    v.maxLength(length, problem),
    v.check((value) => value.isWellFormed(), 'must be well-formed Unicode, without half a surrogate pair'),
    v.transform(clean),
  )

/** Likewise; absent when it is left blank. A form sends null or an empty text for that. */
export const optionalTextField = (problem: string, length: number, clean: (text: string) => string) =>
  v.pipe(
    v.nullish(textField(problem, length, clean)),
    v.transform((value) => value || undefined),
  )

/** The most characters of an e-mail address. RFC 5321, section 4.5.3.1.3, less its angle brackets. */
export const emailLength = 254

/** Something@host.tld of the characters that go unquoted: nothing that a mail header would read as more. */
export const emailPattern = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/

import * as v from 'valibot'

// A control character would take six bytes of a message, and no text of people holds one (functions/donations/donation.ts
// takes them out): so a text's size is bounded by its length, and a message by its schema.

/** A text of one line and at most `length` UTF-16 code units, without control characters. */
export const line = (length: number) =>
  // eslint-disable-next-line no-control-regex -- control characters are what it is for
  v.pipe(v.string(), v.maxLength(length), v.regex(/^[^\u0000-\u001f\u007f-\u009f]*$/))

/** A text of several lines and at most `length` UTF-16 code units, with no control characters but tab and line feed. */
export const lines = (length: number) =>
  // eslint-disable-next-line no-control-regex -- control characters are what it is for
  v.pipe(v.string(), v.maxLength(length), v.regex(/^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$/))

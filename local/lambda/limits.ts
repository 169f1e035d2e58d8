/**
 * Lambda's quotas that the local stack keeps.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *
 * @module
 */

/** Bytes of an event, and of a result, of one invocation: 6 MB. */
export const payloadBytesMax = 6 * 1024 * 1024

/** Invocations of an account at once, where no function reserves any. */
export const accountConcurrencyMax = 1000

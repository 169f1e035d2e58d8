/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/), level 1: what ties a POST, the messages it causes, and what
 * a browser is told together. Its trace ID is the correlation ID of every log line.
 *
 * @module
 */

/** Where in a trace this is. */
export interface Trace {
  /** `00-<trace ID>-<span ID>-<flags>`, as the HTTP header and the CloudEvents extension have it. */
  readonly traceparent: string
  /** 32 hexadecimal digits: `correlationId` in logs. */
  readonly traceId: string
}

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** A trace as a header or an extension tells it; undefined for what is none. Section 3.2.2 of the recommendation. */
export function readTraceparent(text: string | undefined): Trace | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = shape.exec(text ?? '') ?? []
  if (traceId === '' || version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  // Later versions may add to the end; what is known of them is told on as version 00.
  if (version === '00' && rest !== undefined) return undefined
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, traceId }
}

/** The trace that `header` tells, or a new one. `random` gives 0 up to 1. */
export function traceOf(header: string | undefined, random: () => number): Trace {
  const given = readTraceparent(header)
  if (given) return given
  const traceId = hex(32, random)
  return { traceparent: `00-${traceId}-${hex(16, random)}-01`, traceId }
}

/** The next step of the same trace: a span of its own. */
export function childOf({ traceparent, traceId }: Trace, random: () => number): Trace {
  return { traceparent: `00-${traceId}-${hex(16, random)}-${traceparent.slice(-2)}`, traceId }
}

/** Eight digits of each number; never all zero, which would be no ID. */
function hex(digits: number, random: () => number): string {
  let text = ''
  while (text.length < digits) {
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0')
  }
  return /[^0]/.test(text) ? text : text.replace(/0$/, '1')
}

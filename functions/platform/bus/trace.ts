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

/**
 * The trace that `header` tells, or a new one; `xRay`, AWS X-Ray's, names it, so that both are found by one ID.
 * `random` gives 0 up to 1.
 */
export function traceOf(header: string | undefined, random: () => number, xRay?: string): Trace {
  const given = header === undefined ? undefined : readTraceparent(header)
  if (given) return given
  const traceId = xRayTraceId(xRay) ?? hex(32, random)
  return { traceparent: `00-${traceId}-${hex(16, random)}-01`, traceId }
}

/** The next step of the same trace: a span of its own. */
export function childOf({ traceparent, traceId }: Trace, random: () => number): Trace {
  return { traceparent: `00-${traceId}-${hex(16, random)}-${traceparent.slice(-2)}`, traceId }
}

/**
 * `Root=1-5759e988-bd862e3fe1be46a994272793;…` is the trace 5759e988bd862e3fe1be46a994272793.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
function xRayTraceId(text: string | undefined): string | undefined {
  const [, seconds, rest] = /(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/.exec(text ?? '') ?? []
  return seconds === undefined || rest === undefined || /^0+$/.test(seconds + rest)
    ? undefined
    : seconds + rest
}

const byteHex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Eight digits of each number; never all zero, which would be no ID. */
function hex(digits: number, random: () => number): string {
  let text = ''
  let any = 0
  while (text.length < digits) {
    const bits = Math.floor(random() * 0x1_0000_0000)
    any |= bits
    for (let shift = 24; shift >= 0; shift -= 8) text += byteHex[(bits >>> shift) & 255] ?? ''
  }
  return any === 0 ? text.replace(/0$/, '1') : text
}

/** Headers of the local site. */

/** Pages may load only what is theirs, and talk to the API and the broker. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws: wss: http: https:; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

/** What `httpApi: cors: true` makes API Gateway answer. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
} as const

/** The answer to a preflight, likewise. */
export const preflightHeaders = {
  ...corsHeaders,
  'access-control-allow-headers':
    'content-type,x-amz-date,authorization,x-api-key,x-amz-security-token,x-amz-user-agent,x-amzn-trace-id,idempotency-key',
  'access-control-allow-methods': 'OPTIONS,GET,POST,PUT,DELETE',
} as const

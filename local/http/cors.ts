/**
 * CORS as `provider.httpApi.cors` sets it up: API Gateway answers preflights itself and adds its headers to every answer
 * that a page of an allowed origin asked for. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 *
 * @module
 */
import type { TemplateCors } from '../template/template.ts'

export type CorsHeaders = Readonly<Record<string, string>>

export interface Cors {
  /** What is added to the answer for a page of this origin; nothing for a request that names none. */
  answer(origin: string | undefined): CorsHeaders
  /** The headers that answer a preflight. */
  preflight(origin: string | undefined): CorsHeaders
}

const none: CorsHeaders = {}

/** Without a rule no other origin may call. */
export function corsOf(rule: TemplateCors | undefined): Cors {
  if (!rule) return { answer: () => none, preflight: () => none }
  const any = rule.allowedOrigins.includes('*')
  const shared: CorsHeaders = {
    ...(rule.allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(rule.exposedHeaders.length > 0 && { 'access-control-expose-headers': rule.exposedHeaders.join(',') }),
  }
  const toAny: CorsHeaders = { 'access-control-allow-origin': '*', ...shared }
  const answer = (origin: string | undefined): CorsHeaders => {
    if (origin === undefined) return none
    if (any) return toAny
    if (!rule.allowedOrigins.includes(origin)) return none
    return { 'access-control-allow-origin': origin, vary: 'origin', ...shared }
  }
  return {
    answer,
    preflight(origin) {
      const headers = answer(origin)
      if (headers === none) return none
      return {
        ...headers,
        'access-control-allow-headers': rule.allowedHeaders.join(',').toLowerCase(),
        'access-control-allow-methods': rule.allowedMethods.join(','),
        ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
      }
    },
  }
}

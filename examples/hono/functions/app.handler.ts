/**
 * The application behind one function. The wrapper around it gives what every handler has: an error logged once with its
 * correlation ID, a time-out told before it comes, work that outlives the answer found out.
 *
 * @module
 */
import { handle, type LambdaEvent } from 'hono/aws-lambda'
// In a project of its own: 'fanfare/functions'.
import { httpHandler } from '../../../functions/index.ts'
import { createApp } from './app.ts'

// Outlives a request: the application and its routes.
const serve = handle(createApp(process.env['SHOP_NAME'] ?? 'bookshop'))

export const handler = httpHandler(async (event, context) => {
  // Hono and @types/aws-lambda describe the same event, each a little differently.
  const { statusCode, headers, body, cookies, isBase64Encoded } = await serve(
    event as unknown as LambdaEvent,
    context,
  )
  return {
    statusCode,
    // An answer to payload format 2.0 has each header once.
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    body,
    isBase64Encoded,
    ...(cookies && { cookies }),
  }
})

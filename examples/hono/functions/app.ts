/**
 * The application as it was before: nothing here knows of Lambda, so it runs under Node's own server as well.
 *
 * @module
 */
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { stream } from 'hono/streaming'

/** A bookshop's routes. */
export function createApp(shopName: string): Hono {
  const app = new Hono()

  app.use(async (c, next) => {
    await next()
    c.header('x-shop', shopName)
  })

  app.get('/', (c) => c.json({ shop: shopName }))
  app.get('/books/:id', (c) => c.json({ id: c.req.param('id'), edition: c.req.query('edition') ?? null }))
  app.post('/books', async (c) => {
    const { title } = await c.req.json<{ title?: unknown }>().catch(() => ({ title: undefined }))
    if (typeof title !== 'string') throw new HTTPException(400, { message: 'a book has a title, a text' })
    return c.json({ title }, 201)
  })

  // Bytes in and bytes out: the adapter carries what is no text as base64.
  app.post('/covers', async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    return c.body(bytes.toReversed(), 200, { 'content-type': 'image/png' })
  })

  // A streamed body: an HTTP API hands on an answer whole, so it is gathered first.
  app.get('/catalogue', (c) =>
    stream(c, async (body) => {
      for (let line = 1; line <= 1000; line++) await body.write(`book ${line}\n`)
    }),
  )

  app.get('/sign-in', (c) => {
    c.header('set-cookie', 'visitor=ann; HttpOnly', { append: true })
    c.header('set-cookie', 'theme=dark', { append: true })
    return c.redirect('/')
  })

  app.get('/broken', () => {
    throw new TypeError('password is hunter2')
  })

  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse()
    // Thrown on, the function's wrapper logs it once and answers 500 without a word of it.
    throw error
  })
  return app
}

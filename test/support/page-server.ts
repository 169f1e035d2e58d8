/** Pages of a test on an origin of their own, as a charity's site has them: the API is elsewhere. */
import { createSign, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { makeToken } from '../../functions/platform/session-token/token.ts'
import { signingKeys } from '../../local/signing-keys.ts'
import { browserTargets } from '../../scripts/build/browser-targets.ts'
import { clientIdsOf } from '../../topics/contract/policy.ts'

/** Where the pages are. */
export interface PageServer extends AsyncDisposable {
  readonly url: string
  /** Sessions that `/short-session` gave. */
  readonly sessions: readonly string[]
  /** Bytes of a script, minified and gzipped. */
  bytes(script: string): number
}

/** Which pages, and whose sessions. */
export interface PageServerOptions {
  /** Scripts, without `.ts`: each is the page `/<name>.html`. */
  readonly scripts: readonly string[]
  /** Where they are. Default: `pages` beside this file. */
  readonly folder?: string
  /** HTML of a page instead of the bare one, by script. */
  readonly html?: Readonly<Record<string, string>>
  /** For `/short-session`: whose keys, and how long its tokens last. */
  readonly session?: { readonly dataDir: string; readonly seconds: number; readonly api: string }
}

/** Serves them on a free port. */
export async function startPageServer({
  scripts,
  folder,
  html,
  session,
}: PageServerOptions): Promise<PageServer> {
  const built = await build({
    entryPoints: scripts.map((name) => join(folder ?? join(import.meta.dirname, 'pages'), `${name}.ts`)),
    outdir: 'out',
    bundle: true,
    minify: true,
    format: 'esm',
    target: [...browserTargets],
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
    logLevel: 'silent',
  })
  const files = new Map(built.outputFiles.map(({ path, text }) => [path.split('/').at(-1) ?? '', text]))
  const sessions: string[] = []

  async function shortSession(): Promise<object> {
    if (!session) throw new Error('the server was started without session')
    const likeIt = (await (await fetch(`${session.api}/session`, { method: 'POST' })).json()) as object
    const principal = `short${randomBytes(8).toString('hex')}`
    const issuedAt = Math.floor(Date.now() / 1000)
    const expiresAt = issuedAt + session.seconds
    const claims = { principal, signedIn: false, roles: [], values: {} }
    const token = makeToken({ claims, issuedAt, expiresAt })
    const { privateKey } = signingKeys(join(session.dataDir, 'keys'))
    const signature = createSign('RSA-SHA256').update(token).sign(privateKey, 'base64')
    sessions.push(principal)
    return { ...likeIt, token, signature, principal, clientIds: clientIdsOf(principal), expiresAt }
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page')
    const name = pathname.slice(1)
    const script = files.get(name)
    if (name === 'short-session') {
      shortSession().then(
        (answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    } else if (script !== undefined) {
      response.setHeader('content-type', 'text/javascript; charset=utf-8').end(script)
    } else if (name === 'elsewhere.html') {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Elsewhere</title>')
    } else if (name.endsWith('.html') && files.has(name.replace(/html$/, 'js'))) {
      const bare = name.replace(/\.html$/, '')
      const body = html?.[bare] ?? '<div id="root"></div>'
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(
          `<!doctype html><html lang="en"><title>${bare}</title>${body}<script type="module" src="./${bare}.js"></script>`,
        )
    } else response.writeHead(name === 'favicon.ico' ? 204 : 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // A secure context, which Web Locks want, is what localhost is.
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    sessions,
    bytes: (script) => gzipSync(files.get(`${script}.js`) ?? '', { level: 9 }).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

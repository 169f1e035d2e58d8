/**
 * The page where one picks who to be.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { escapeHtml } from '../../topics/catalogue/escape-html.ts'
import type { HttpAnswer } from '../http/event.ts'
import { pageHeaders } from '../http/headers.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { DevelopmentPerson } from './people.ts'

/** Asks who one is; `ticket` stands for the request. */
export function pickPage(
  people: readonly DevelopmentPerson[],
  { redirectUri, loginHint }: AuthorizationRequest,
  ticket: string,
): HttpAnswer {
  const hinted = people.toSorted((a, b) => Number(b.subject === loginHint) - Number(a.subject === loginHint))
  const { host, pathname } = new URL(redirectUri)
  return page(
    200,
    'Who are you?',
    `<p class="lead">Pick somebody to go on to <b>${escapeHtml(`${host}${pathname}`)}</b>.</p>
<form method="post">
<input type="hidden" name="ticket" value="${escapeHtml(ticket)}">
<ul class="people">
${hinted.map((person, index) => `<li>${button(person, index === 0)}</li>`).join('\n')}
</ul>
<button class="cancel" name="person" value="">Go back without signing in</button>
</form>`,
  )
}

/** Says what went wrong to the person, when there is no page to say it to. */
export function problemPage(problem: string): HttpAnswer {
  return page(400, 'You cannot sign in like this', `<p class="lead">${escapeHtml(problem)}</p>`)
}

/** `page.css`. */
export function styleSheet(): HttpAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' },
    body: readFileSync(new URL('page.css', import.meta.url)),
  }
}

function button({ subject, name, about, roles, agentId }: DevelopmentPerson, isFirst: boolean): string {
  const rights = [
    ...roles.map((role) => `role ${role}`),
    ...(agentId === undefined ? [] : [`agentId ${agentId}`]),
  ]
  return `<button class="person" name="person" value="${escapeHtml(subject)}"${isFirst ? ' autofocus' : ''}>
<span class="face" aria-hidden="true">${escapeHtml(name.slice(0, 1))}</span>
<span class="who"><span class="name">${escapeHtml(name)}</span> <span class="about">${escapeHtml(about)}</span></span>
<span class="rights">${rights.map((right) => `<code>${escapeHtml(right)}</code>`).join(' ')}</span>
</button>`
}

function page(status: number, title: string, content: string): HttpAnswer {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Fanfare on this machine</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/_fanfare/identity/page.css">
</head>
<body>
<header class="bar"><p class="brand"><span class="brand-mark" aria-hidden="true"></span><a href="/">Fanfare</a></p></header>
<main class="pick">
<p class="machine">Only on this machine</p>
<h1>${title}</h1>
${content}
<p class="note">There are no passwords here: this stands in for your own issuer while you develop, and its tokens count on this machine only. A deployment has none of it.</p>
</main>
</body>
</html>
`
  return {
    status,
    headers: {
      ...pageHeaders,
      'content-type': 'text/html; charset=utf-8',
      // The page holds a ticket: whoever comes back gets a new one.
      'cache-control': 'no-store',
    },
    body: Buffer.from(html),
  }
}

import { htmlText, markup } from '../../topics/catalogue/html.ts'
import type { HttpAnswer } from '../http/event.ts'
import { pageHeaders } from '../http/headers.ts'

/** A contact as the local CRM has it. */
export interface KeptContact {
  readonly id: string
  /** The call's `data`. */
  readonly data: Readonly<Record<string, string>>
  /** How often it was told; kept once all the same. */
  readonly times: number
}

/** What the local CRM took, for the eye. */
export function contactsPage(contacts: readonly KeptContact[]): HttpAnswer {
  const page = markup`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>CRM</title><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/topics.css">
<body class="catalogue"><header class="bar"><p class="brand"><span class="brand-mark" aria-hidden="true"></span><a href="/">Fanfare</a></p></header>
<main><h1>CRM</h1>
<p>${contacts.length === 0 ? 'Nobody yet. Who writes by the contact form comes here.' : 'Newest first. This CRM is of this machine only, and forgets when it stops.'}</p>
${contacts.map(
  ({ id, data, times }) => markup`<article><h2>${data['name']}</h2>
<p>${data['email']}${data['about'] === undefined ? '' : ` · ${data['about']}`} · told ${times === 1 ? 'once' : `${times} times, kept once`} · ${id}</p>
<pre>${data['message']}</pre></article>`,
)}</main></html>`
  return {
    status: 200,
    headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: Buffer.from(htmlText(page)),
  }
}

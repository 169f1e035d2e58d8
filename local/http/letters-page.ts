/** `/_fanfare/mail`: the letters that were sent, for the eye. */
import { escapeHtml } from '../../topics/catalogue/escape-html.ts'
import type { Mail } from '../mail/mail.ts'
import type { HttpAnswer } from './event.ts'
import { pageHeaders } from './headers.ts'

/** The newest letters, each whole, as text. */
export function lettersPage(mail: Mail): HttpAnswer {
  const files = mail.files().slice(0, 50)
  const letters = files.map(
    (file) =>
      `<article><h2>${escapeHtml(file)}</h2><pre>${escapeHtml(mail.read(file) ?? '')}</pre></article>`,
  )
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Letters</title><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/topics.css">
<body class="catalogue"><header class="bar"><p class="brand"><span class="brand-mark" aria-hidden="true"></span><a href="/">Fanfare</a></p></header>
<main><h1>Letters</h1>
<p>${files.length === 0 ? 'None yet. A donation that names an e-mail address gets one.' : 'Newest first. Nothing was sent to anyone: these are files on this machine.'}</p>
${letters.join('\n')}</main></html>`
  return {
    status: 200,
    headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' },
    body: Buffer.from(html),
  }
}

/**
 * The contact form: checks, sends, and says what came of it. The text stays until it is known to be taken.
 *
 * @module
 */
import { randomKey } from '../page/donation.ts'
import { element } from '../page/elements.ts'
import { type ContactBody, type ContactOutcome, type ContactPorts, postContact } from './contact.ts'
import { keepDraft, readDraft, tabStore } from './draft.ts'

const fields = ['name', 'email', 'about', 'message'] as const
type Field = (typeof fields)[number]

/** After this long the form says that it is still sending, ms. */
const slowMs = 6000

/** Makes the form work. */
export function contactForm(ports: ContactPorts): void {
  const form = element('contact', HTMLFormElement)
  const submit = element('submit')
  const answer = element('form-answer')
  const thanks = element('thanks')
  const store = tabStore()
  const draft = readDraft(store)
  let key = draft?.key ?? randomKey()
  let sending = false

  for (const field of fields) {
    const input = inputOf(field)
    if (draft && input.value === '') input.value = draft.fields[field] ?? ''
    input.addEventListener('input', () => {
      setError(field, '')
      keep()
      if (field === 'message') showLeft()
    })
  }
  showLeft()
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })
  element('again').addEventListener('click', () => {
    showThanks(undefined)
    inputOf('message').focus()
  })

  function keep(): void {
    const texts = Object.fromEntries(fields.map((field) => [field, inputOf(field).value]))
    keepDraft(store, { fields: texts, key })
  }

  async function send(): Promise<void> {
    if (sending) return
    const body = readBody()
    if (!body) return
    sending = true
    submit.setAttribute('aria-disabled', 'true')
    submit.textContent = 'Sending…'
    say('', '')
    keep()
    const slow = setTimeout(() => say('wait', 'Still sending: the network is slow.'), slowMs)
    const outcome = await postContact(ports, body, key)
    clearTimeout(slow)
    sending = false
    submit.removeAttribute('aria-disabled')
    submit.textContent = 'Send'
    show(outcome, body)
  }

  function show(outcome: ContactOutcome, { name, email }: ContactBody): void {
    switch (outcome.kind) {
      case 'taken':
        // What is written next is another message.
        key = randomKey()
        inputOf('message').value = ''
        inputOf('about').value = ''
        keepDraft(store, undefined)
        say('', '')
        showLeft()
        return showThanks(`Your message is with us, ${name}. We answer to ${email}.`)
      case 'taken-before':
        key = randomKey()
        keep()
        return say(
          'problem',
          'Your message had arrived the first time. To send what you changed since as another message, press Send again.',
        )
      case 'refused': {
        const shown = fields.filter((field) => outcome.errors.has(field))
        for (const field of shown) setError(field, `This ${outcome.errors.get(field)}.`)
        if (shown[0]) inputOf(shown[0]).focus()
        return say('problem', shown[0] ? 'Please correct what is marked.' : `Not sent: ${outcome.detail}.`)
      }
      case 'unknown':
        return say(
          'problem',
          `We could not hear whether your message arrived (${outcome.detail}). Your text is still here: press Send again, and it is one message however often you try.`,
        )
    }
  }

  function showThanks(words: string | undefined): void {
    thanks.hidden = words === undefined
    form.toggleAttribute('data-sent', words !== undefined)
    form.inert = words !== undefined
    element('thanks-text').textContent = words ?? ''
    if (words !== undefined) thanks.focus()
  }

  function say(kind: string, words: string): void {
    answer.dataset['kind'] = kind
    answer.textContent = words
  }
}

/** The message, or undefined when something in it is marked. The service has the last word. */
function readBody(): ContactBody | undefined {
  const [name = '', email = '', about = '', message = ''] = fields.map((field) => inputOf(field).value.trim())
  const problems: Readonly<Record<Field, string>> = {
    name: name === '' ? 'Please tell us your name.' : '',
    email:
      email === ''
        ? 'Please enter an address to answer to.'
        : inputOf('email').validity.valid
          ? ''
          : 'Please check the address: it should look like name@example.org.',
    about: '',
    message: message === '' ? 'Please write a message.' : '',
  }
  for (const field of fields) setError(field, problems[field])
  const first = fields.find((field) => problems[field] !== '')
  if (first) {
    inputOf(first).focus()
    return undefined
  }
  const website = element('website', HTMLInputElement).value
  return { name, email, ...(about ? { about } : {}), message, ...(website ? { website } : {}) }
}

function setError(field: Field, problem: string): void {
  element(`${field}-error`).textContent = problem
  if (problem) inputOf(field).setAttribute('aria-invalid', 'true')
  else inputOf(field).removeAttribute('aria-invalid')
}

function showLeft(): void {
  const input = element('message', HTMLTextAreaElement)
  const left = input.maxLength - input.value.length
  element('message-left').textContent = left <= 200 ? `${left} characters left` : ''
}

const inputOf = (field: Field): HTMLInputElement | HTMLTextAreaElement => element(field)

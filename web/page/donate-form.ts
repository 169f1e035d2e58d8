/**
 * The donation form: checks, sends, and says what came of it.
 *
 * @module
 */
import { type DonationBody, type DonationOutcome, donationPoster, randomKey } from './donation.ts'
import { element } from './elements.ts'
import { type MoneyFormat, parseMoney } from './money.ts'

/** Each field's input, by its path in the body. */
const inputOf: Readonly<Record<string, string>> = {
  'amount.value': 'amount',
  'amount.currency': 'amount',
  'donor.name': 'name',
  'donor.email': 'email',
  comment: 'comment',
}

export interface DonateForm {
  /** The campaign's currency is known: the form can be used. */
  currency(money: MoneyFormat): void
}

/** `gave` is called with the id of each gift that was taken. */
export function donateForm(campaignId: string, gave: (donationId: string) => void): DonateForm {
  const form = element('donate', HTMLFormElement)
  const submit = element('submit')
  const answer = element('form-answer')
  const amount = element('amount', HTMLInputElement)
  const presets = [...form.querySelectorAll<HTMLButtonElement>('.preset')]
  const post = donationPoster({ fetch: (url, init) => fetch(url, init), newKey: randomKey })
  let money: MoneyFormat | undefined
  let sending = false

  for (const preset of presets) {
    preset.addEventListener('click', () => {
      amount.value = preset.dataset['amount'] ?? ''
      showAmount()
      setError('amount', '')
      amount.focus()
    })
  }
  amount.addEventListener('input', showAmount)
  for (const id of new Set(Object.values(inputOf)))
    element(id).addEventListener('input', () => setError(id, ''))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })

  /** The button says what it will give, so that nobody finds out afterwards how an amount was read. */
  function showAmount(): void {
    const value = money && parseMoney(amount.value, money)
    submit.textContent = money && value ? `Donate ${money.format(value)}` : 'Donate'
    showPressed()
  }

  function showPressed(): void {
    for (const preset of presets) {
      preset.setAttribute('aria-pressed', String(preset.dataset['amount'] === amount.value.trim()))
    }
  }

  async function send(): Promise<void> {
    if (sending || !money) return
    const body = readBody(money)
    if (!body) return
    sending = true
    submit.setAttribute('aria-disabled', 'true')
    submit.textContent = 'Sending…'
    say('', '')
    const outcome = await post(body)
    sending = false
    submit.removeAttribute('aria-disabled')
    showAmount()
    show(outcome, money.format(body.amount.value))
  }

  function readBody(money: MoneyFormat): DonationBody | undefined {
    const { currency, format } = money
    const value = parseMoney(amount.value, money)
    const email = text('email')
    const problems: [id: string, problem: string][] = []
    if (amount.value.trim() === '') problems.push(['amount', 'Please enter an amount.'])
    else if (value === undefined) problems.push(['amount', `Please enter an amount such as ${format(2550)}.`])
    else if (value < 1) problems.push(['amount', 'Please enter more than nothing.'])
    // The browser's own rule for an address; the service has the last word.
    if (!element('email', HTMLInputElement).validity.valid) {
      problems.push(['email', 'Please check the address: it should look like name@example.org.'])
    }
    for (const id of ['amount', 'email']) setError(id, problems.find(([at]) => at === id)?.[1] ?? '')
    if (problems[0]) element(problems[0][0]).focus()
    if (problems.length > 0 || value === undefined) return undefined
    const name = text('name')
    const comment = text('comment')
    return {
      campaignId,
      amount: { value, currency },
      ...(name || email ? { donor: { ...(name ? { name } : {}), ...(email ? { email } : {}) } } : {}),
      ...(comment ? { comment } : {}),
    }
  }

  function show(outcome: DonationOutcome, given: string): void {
    switch (outcome.kind) {
      case 'taken':
        gave(outcome.donationId)
        form.reset()
        showAmount()
        say('thanks', `Thank you! Your gift of ${given} is on its way to the total.`)
        return
      case 'taken-before':
        say(
          'thanks',
          'Thank you! Your gift was already taken the first time; what you changed since was not added.',
        )
        return
      case 'refused': {
        const shown = [...outcome.errors].flatMap(([field, problem]) => {
          const id = inputOf[field]
          return id ? [[id, problem] as const] : []
        })
        for (const [id, problem] of shown) setError(id, `This ${problem}.`)
        if (shown[0]) element(shown[0][0]).focus()
        say('problem', shown.length > 0 ? 'Please correct what is marked.' : `Not taken: ${outcome.detail}.`)
        return
      }
      case 'unknown':
        say(
          'problem',
          `We could not hear whether your gift arrived (${outcome.detail}). Press Donate again: it counts once, however often you try.`,
        )
    }
  }

  function say(kind: string, words: string): void {
    answer.dataset['kind'] = kind
    answer.textContent = words
  }

  return {
    currency(known) {
      if (money?.currency === known.currency) return
      money = known
      element('currency').textContent = `in ${known.currency}`
      for (const preset of presets) {
        const text = known.formatRound(Number(preset.dataset['amount']) * 10 ** known.digits)
        preset.textContent = text
        preset.parentElement?.toggleAttribute('data-long', text.length > 6)
      }
    },
  }
}

function setError(id: string, problem: string): void {
  element(`${id}-error`).textContent = problem
  const input = element(id)
  if (problem) input.setAttribute('aria-invalid', 'true')
  else input.removeAttribute('aria-invalid')
}

function text(id: string): string {
  return element<HTMLInputElement | HTMLTextAreaElement>(id).value.trim()
}

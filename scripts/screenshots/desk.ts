/** The support desk: the agent's console, the staff's page, the contact form, and the way in. */
import type { Page } from 'playwright-core'
import { developmentIntercomSecret, developmentStaffToken } from '../../local/options.ts'
import type { LocalStack } from '../../local/stack.ts'
import { helpDesk } from '../conversations/help-desk.ts'
import { notify } from '../conversations/notify.ts'
import { deskAgents, seedDesk } from '../conversations/seed.ts'
import { httpClient } from '../replay/post.ts'
import type { Camera } from './camera.ts'

const [ada, ben] = deskAgents

/** What the agent of the pictures has to answer, the first first. */
const waiting = [
  ['Maya Lindqvist', 'I gave twice by mistake, can I have a refund for one of them?'],
  ['Tom Okafor', 'When do I get my receipt? I gave an hour ago.'],
  ['The night shift at St Mary’s', 'We are a company and would like an invoice.'],
  ['Ines Duarte', 'My card was declined although there is money on it. What can I do?'],
] as const

const answeredBefore = [
  ['Wes', 'I gave twice by mistake, can I have a refund?'],
  ['Una', 'Please refund me, I gave twice.'],
  ['Vic', 'Gave twice, refund please.'],
] as const

const letters = [
  [
    'Noor',
    'noor@example.org',
    'Volunteering',
    'I would like to answer phones on Saturday evening. Whom do I ask?',
  ],
  [
    'The night shift at St Mary’s',
    'night.shift@example.org',
    'A receipt for all of us',
    'We gave together, twelve of us.\nCan each of us have a receipt of their own? Tell me where to send the names.',
  ],
  ['Jo Miller', 'jo@example.org', undefined, 'Thank you for last night. We laughed, we cried, we gave.'],
] as const

/** Takes them. Conversations come as from Intercom, messages by the form's own route. */
export async function deskPictures(take: Camera, stack: LocalStack): Promise<void> {
  const names = [
    'console',
    'console-narrow-dark',
    'contacts-dark',
    'contacts-narrow',
    'contact-form',
    'sign-in',
  ]
  if (!take.wants(...names)) return
  const { site } = stack.urls
  const client = httpClient(site, 8)
  const desk = helpDesk({ now: Date.now, run: '7' })
  const tell = (body: string): Promise<unknown> =>
    notify(client, body, developmentIntercomSecret, { onRetry: () => undefined, giveUpAfterMs: 20_000 })
  const askAfterGreeting = async (customer: string, text: string): Promise<void> => {
    const opening = { customer, text: 'Hello, is somebody there?', adminId: ada.intercomAdminId }
    const conversation = desk.open(opening)
    await tell(conversation.body)
    await tell(conversation.agentReply('Good evening! How can I help?'))
    await tell(conversation.reply(text))
    await new Promise((resolve) => setTimeout(resolve, 4000))
  }
  try {
    await seedDesk(client, developmentStaffToken)
    // Nobody answers these: they are escalated by the time that the staff's page is taken.
    const missed = {
      customer: 'Sam & Alex',
      text: 'Our gift is not on the screen. Was it counted?',
      adminId: ben.intercomAdminId,
    }
    await tell(desk.open(missed).body)
    await tell(desk.open({ customer: 'Ravi', text: 'Can I give by post?' }).body)
    await take({
      name: 'contact-form',
      url: '/contact.html',
      width: 1280,
      height: 800,
      prepare: wrongAddress,
    })
    await take({
      name: 'sign-in',
      url: '/console.html',
      width: 1280,
      height: 800,
      async prepare(page) {
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('button', { name: /^Ada\b/ }).waitFor()
      },
    })
    await take({
      name: 'console',
      url: '/console.html',
      width: 1440,
      height: 900,
      async prepare(page) {
        await signIn(page, 'Ada')
        // What was taken before is counted.
        for (const [customer, text] of answeredBefore) {
          await tell(desk.open({ customer, text, adminId: ada.intercomAdminId }).body)
          await page.locator('#conversation-title', { hasText: customer }).waitFor()
          // The console takes no key for a conversation that it has just shown.
          await page.waitForTimeout(500)
          await page.keyboard.press('Enter')
          await page.getByText('Nothing is waiting').waitFor()
        }
        await stack.idle()
        for (const [customer, text] of waiting) await askAfterGreeting(customer, text)
        await showQueue(page)
        await page.locator('#lookup-query').fill('refund')
        await page.locator('#lookup-results .reply').first().waitFor()
        await page.locator('#lookup-query').blur()
      },
    })
    await take({
      name: 'console-narrow-dark',
      url: '/console.html',
      width: 390,
      height: 844,
      colorScheme: 'dark',
      async prepare(page) {
        await signIn(page, 'Ada')
        await showQueue(page)
      },
    })
    for (const [name, email, about, message] of letters) {
      await client.send(
        'POST',
        '/contact',
        { 'content-type': 'application/json', 'idempotency-key': email },
        JSON.stringify({ name, email, about, message }),
      )
      await new Promise((resolve) => setTimeout(resolve, 1500))
    }
    await tell(
      desk.open({ customer: 'Wilma', text: 'Please call me back about my monthly gift.', adminId: '9999' })
        .body,
    )
    await take({
      name: 'contacts-dark',
      url: '/contacts.html',
      width: 1280,
      height: 800,
      colorScheme: 'dark',
      prepare: staffPage,
    })
    await take({
      name: 'contacts-narrow',
      url: '/contacts.html',
      width: 390,
      height: 844,
      prepare: staffPage,
    })
  } finally {
    client.close()
  }
}

async function signIn(page: Page, person: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: new RegExp(`^${person}\\b`) }).click()
  await page.locator('#status[data-state="live"]').waitFor()
}

const showQueue = (page: Page): Promise<void> =>
  page
    .locator('#queue li')
    .nth(waiting.length - 1)
    .waitFor()

async function staffPage(page: Page): Promise<void> {
  await signIn(page, 'Sam')
  await page
    .locator('#contacts .entry')
    .nth(letters.length - 1)
    .waitFor()
  await page.locator('#escalations .entry').nth(2).waitFor({ timeout: 200_000 })
}

async function wrongAddress(page: Page): Promise<void> {
  await page.locator('#name').fill('Jo Miller')
  await page.locator('#email').fill('jo@example')
  await page.locator('#message').fill('Thank you for last night. We laughed, we cried, we gave.')
  await page.locator('#submit').click()
  await page.locator('#email-error:not(:empty)').waitFor()
  await page.locator('#email').blur()
}

/**
 * The catalogue: an AsyncAPI document as a page for people.
 *
 * @module
 */
import type { AsyncApiChannel, AsyncApiDocument, ChannelFacts } from '../asyncapi/document.ts'
import { dollarsText, numberText } from '../cost/words.ts'
import { type Html, htmlText, idOf, markup, standalonePage } from './html.ts'
import { accessText, loadText, paceText, promiseText, publisherText, sizeText } from './words.ts'

const kindOrder = ['state', 'feed', 'inbox', 'signal'] as const

/** What stands in the page's main part. The live tail is hidden until a script takes it up (web/topics.ts). */
export function catalogueBody(document: AsyncApiDocument): string {
  return htmlText(body(document))
}

/** A page that stands alone: its style in it, no script, nothing from elsewhere. */
export function cataloguePage(document: AsyncApiDocument, css: string): string {
  return standalonePage({
    title: document.info.title,
    css,
    bodyClass: 'catalogue',
    body: markup`<a class="skip" href="#topics">Skip to the topics</a>
      <main>${body(document)}</main>`,
  })
}

interface Topic {
  readonly name: string
  readonly channel: AsyncApiChannel
  readonly facts: ChannelFacts
  readonly example: unknown
}

function body(document: AsyncApiDocument): Html {
  const topics = Object.entries(document.channels).flatMap(([name, channel]): Topic[] => {
    const facts = channel['x-fanfare']
    const [example] = document.components.messages[name]?.examples ?? []
    return facts ? [{ name, channel, facts, example: example?.payload }] : []
  })
  const total = topics.reduce((sum, { facts }) => sum + (facts.cost?.dollars ?? 0), 0)
  const region = topics.find(({ facts }) => facts.cost)?.facts.cost?.region
  return markup` <div class="intro">
      <p class="eyebrow">${document.info.title}</p>
      <h1>${topics.length === 1 ? 'One topic' : `${numberText(topics.length)} topics`} you can hear live</h1>
      <p class="quiet">
        Made from the topic contracts: what each promises, who hears it, what it looks like and what it
        costs.${
          region === undefined
            ? ''
            : ` Together ${dollarsText(total)} a month at the load that they declare, in ${region}.`
        }
      </p>
    </div>
    <div class="shelves">
      <nav aria-label="Topics" class="contents">
        <ul>
          ${topics.map(
            ({ name, channel, facts }) =>
              markup`<li>
                <a href="#${idOf(name)}"><span>${channel.title}</span> ${badge(facts)}</a>
              </li>`,
          )}
        </ul>
      </nav>
      <div id="topics" tabindex="-1">${topics.map(article)}</div>
    </div>`
}

function article({ name, channel, facts, example }: Topic): Html {
  const id = idOf(name)
  return markup` <article class="topic" id="${id}" aria-labelledby="${id}-title">
    <header>
      <h2 id="${id}-title">${channel.title} ${badge(facts)}</h2>
      <p class="pattern"><code>${pattern(channel.address)}</code></p>
    </header>
    ${channel.description !== '' && markup`<p>${channel.description}</p>`}
    <p class="promise">${promiseText(facts)}</p>
    <dl>
      ${row('Heard by', accessText(facts.subscribe))} ${row('Published by', publisherText(facts))}
      ${row('Pace', paceText(facts))} ${row('Largest message', sizeText(facts))}
      ${row('Expected', loadText(facts))} ${facts.cost && row('Cost', costText(facts))}
      ${row('Version', String(facts.version))}
    </dl>
    <details open>
      <summary>An example message</summary>
      <pre
        tabindex="0"
        role="region"
        aria-label="Example of ${channel.title}"
      ><code>${JSON.stringify(example, undefined, 2)}</code></pre>
    </details>
    ${tail(name, channel, facts)}
  </article>`
}

/** The live tail's form, for topics that anyone may hear; hidden without a script. */
function tail(name: string, channel: AsyncApiChannel, { kind, subscribe }: ChannelFacts): Html {
  const id = idOf(name)
  if (subscribe.rule !== 'anyone') {
    return markup`<p class="quiet tail-none">Hearing it live takes a session of ${accessText(subscribe)}.</p>`
  }
  return markup`<form class="tail" data-topic="${channel.address}" data-kind="${kind}" hidden>
    <h3 id="${id}-tail">Hear it live</h3>
    <div class="tail-line">
      ${Object.keys(channel.parameters ?? {}).map(
        (parameter) =>
          markup`<div class="tail-field">
            <label for="${id}-${parameter}">${parameter}</label>
            <input
              id="${id}-${parameter}"
              name="${parameter}"
              value="${parameter === 'campaignId' ? 'telethon' : ''}"
              required
              maxlength="64"
              pattern="[A-Za-z0-9_\\-]+"
              title="1 to 64 letters, digits, - or _"
              autocomplete="off"
              spellcheck="false"
            />
          </div>`,
      )}<button class="tail-button">Listen</button>
    </div>
    <p class="tail-status quiet" role="status"></p>
    <ol class="tail-rows" aria-labelledby="${id}-tail" hidden tabindex="0"></ol>
  </form>`
}

const row = (term: string, text: string): Html =>
  markup`<div>
    <dt>${term}</dt>
    <dd>${text}</dd>
  </div>`

const badge = ({ kind }: ChannelFacts): Html =>
  markup`<span class="kind" data-kind="${kindOrder.indexOf(kind)}">${kind}</span>`

/** A pattern with its parameters set off, and places where a line may break. */
function pattern(address: string): readonly Html[] {
  return address
    .split('/')
    .map(
      (level, index) =>
        markup`${index > 0 && markup`/<wbr />`}${level.startsWith('{') ? markup`<var>${level}</var>` : level}`,
    )
}

function costText({ cost, budgetPerMonth }: ChannelFacts): string {
  if (!cost) return ''
  const budget = budgetPerMonth === undefined ? '' : `; its budget is ${dollarsText(budgetPerMonth)}`
  return `${dollarsText(cost.dollars)} a month in ${cost.region}: ${numberText(Math.round(cost.messages))} messages, ${numberText(Math.round(cost.units))} units of 5 KB${budget}`
}

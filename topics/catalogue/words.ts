/**
 * What a contract promises, in words for people.
 *
 * @module
 */
import type { ChannelFacts } from '../asyncapi/document.ts'
import type { Access } from '../contract/access.ts'
import { durationText, numberText, rateText } from '../cost/words.ts'

/** The delivery promise of a kind. */
export function promiseText({ kind, overflow, keepSeconds = 0 }: ChannelFacts): string {
  switch (kind) {
    case 'state':
      return 'The latest value wins. Whoever joins has the current value at once; an older one never overwrites a newer; values in between may be skipped.'
    case 'feed':
      return `An ordered log. Every entry arrives once and in order, or the exact gap is told. ${
        overflow === 'recover'
          ? 'What one message cannot hold is read from the log.'
          : 'When more comes than one message holds, the newest are sent, and the message says which were left out.'
      }`
    case 'inbox':
      return `One person’s queue. An item stays until that person handles it, across tabs, devices and reconnects, for ${numberText(keepSeconds / 86_400)} days at the most.`
    case 'signal':
      return 'Fire and forget: at most once, in no order, and nothing is kept.'
  }
}

/** Who an access rule lets in. */
export function accessText(access: Access): string {
  if (access.rule === 'anyone') return 'anyone'
  if (access.rule === 'signedIn') return 'everyone who signed in'
  if (access.rule === 'nobody') return 'functions alone'
  if (access.rule === 'role') return `who has the role ${access.role}`
  return `the person that {${access.claim}} names`
}

/** Who puts messages on the topic. */
export function publisherText({ kind, publish }: ChannelFacts): string {
  if (kind === 'signal' && publish)
    return publish.rule === 'nobody' ? accessText(publish) : `${accessText(publish)}, by MQTT`
  return 'the service alone: it writes the table, and the table’s stream publishes'
}

/** How often it speaks. */
export function paceText({ pace, paceSeconds }: ChannelFacts): string {
  if (paceSeconds === undefined) return 'as often as somebody publishes'
  const most = `one message in ${durationText(paceSeconds)} at the most`
  return pace === 'auto'
    ? `${most}; slower for a large audience, and the message says how slow`
    : `${most}; the first change after a quiet time goes out at once`
}

/** What the contract expects. */
export function loadText({ kind, load }: ChannelFacts): string {
  const topics = load.topics === 1 ? 'one topic' : `${numberText(load.topics)} topics`
  const people = load.audience === 1 ? 'one person' : `${numberText(load.audience)} people`
  return `${topics}, ${people} on each, ${kind === 'signal' ? rateText(load.rate) : rateText(load.rate).replace('message', 'change')}, ${numberText(load.hoursPerMonth)} hours a month`
}

export function sizeText({ maxBytes, largestBytes }: ChannelFacts): string {
  const units = Math.ceil(maxBytes / 5120)
  return `${numberText(maxBytes)} bytes, ${units === 1 ? 'one unit' : `${units} units`} on the bill; one value needs ${numberText(largestBytes)} at the most`
}

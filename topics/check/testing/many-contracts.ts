/** So many sound contracts, a file each, of all four kinds: `{ 'topic-0.ts': text, … }`. */
export function manyContracts(count: number): Readonly<Record<string, string>> {
  const kinds = ['state', 'feed', 'inbox', 'signal'] as const
  const property = { state: 'payload', feed: 'entry', inbox: 'item', signal: 'payload' }
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const kind = kinds[index % 4] ?? 'state'
      const text = `/** Number ${index}. */
export const topic${index} = ${kind}({
  topic: 'area${index}/{personId}/things',
  ${property[kind]}: v.object({
    text: v.pipe(v.string(), v.maxLength(${100 + (index % 50)})),
    amount: v.number(),
    at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  }),
  subscribe: claim('personId'),${kind === 'signal' ? `\n  publish: claim('personId'),` : ''}
  load: { audience: 1, rate: 0.1 },
  budgetPerMonth: 10,
})
`
      return [`topic-${index}.ts`, text]
    }),
  )
}

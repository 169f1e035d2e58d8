/**
 * Names of exports: the registry imports contracts by them, and the AsyncAPI document and the catalogue have them as keys.
 *
 * @module
 */
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'

/** Keys of an AsyncAPI document that are no contract's. */
const reserved: ReadonlySet<string> = new Set(['default', 'replies'])

/** Names that cannot be keys, and names that two contracts would share. */
export function nameFindings(contracts: readonly LocatedContract[]): readonly Finding[] {
  const owners = new Map<string, LocatedContract>()
  return contracts.flatMap((located): Finding[] => {
    const { name, contract, file, line } = located
    const place = { level: 'error', file, line, topic: contract.topic } as const
    if (!/^[A-Za-z]\w*$/.test(name) || reserved.has(name)) {
      return [
        {
          ...place,
          code: 'INVALID_NAME',
          problem: `the contract is exported as ${JSON.stringify(name)}`,
          remedy:
            'export it as a const of its own, with a name of letters and digits: export const campaignTotal = …',
        },
      ]
    }
    const names = contract.kind === 'signal' && contract.reply ? [name, `${name}Reply`] : [name]
    const shared = names.map(keyOf).find((key) => owners.has(key))
    const other = shared === undefined ? undefined : owners.get(shared)
    for (const key of names.map(keyOf)) if (!owners.has(key)) owners.set(key, located)
    if (!other) return []
    return [
      {
        ...place,
        code: 'DUPLICATE_NAME',
        problem: `${name} is the name of ${other.contract.topic} too, or of its reply (${other.file}:${other.line})`,
        remedy: 'give one of them another name',
      },
    ]
  })
}

/** `sendTotal` is made of `total` and of `Total`. */
const keyOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

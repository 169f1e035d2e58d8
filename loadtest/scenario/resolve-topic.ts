import { findContract, type TopicContract } from '../../topics/contract/contract.ts'
import { fillPattern } from '../../topics/contract/pattern.ts'
import type { LoadTopic } from '../plan.ts'
import { suggestion } from './nearest.ts'

/** A topic of a scenario, by its contract's pattern or its name; or what is wrong with it, and the remedy. */
export function resolveTopic(
  written: string,
  contracts: readonly TopicContract[],
  params: Readonly<Record<string, string>>,
): { readonly topic: LoadTopic; readonly contract: TopicContract } | { readonly problem: string } {
  const byPattern = contracts.find(({ topic }) => topic === written)
  if (byPattern) {
    const missing = [...written.matchAll(/\{(\w+)\}/g)]
      .map(([, name = '']) => name)
      .filter((name) => params[name] === undefined)
    if (missing.length > 0) {
      const [name = ''] = missing
      return {
        problem: `${JSON.stringify(written)} wants ${missing.join(', ')}; give --param ${name}=VALUE, or ${name} under \`params\``,
      }
    }
    try {
      return asTopic(byPattern, fillPattern(written, params))
    } catch (error) {
      return { problem: `${(error as Error).message}; mend the parameter` }
    }
  }
  // A parameter inside a topic that is otherwise written out.
  const name = written.replaceAll(/\{(\w+)\}/g, (all: string, parameter: string) => params[parameter] ?? all)
  const found = findContract(contracts, name)
  if (found) return asTopic(found.contract, name)
  return {
    problem: `no contract has the topic ${JSON.stringify(written)}; ${suggestion(
      written,
      contracts.map(({ topic }) => topic),
    )}`,
  }
}

function asTopic(contract: TopicContract, topic: string) {
  return { contract, topic: { contract: contract.topic, topic, kind: contract.kind } }
}

/**
 * Function-seconds billed while a request waits for its worker: three parts of the bus beside invoke-and-wait, with the
 * same worker, on the local Lambda host.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fixtureProject } from '../local/lambda/testing/fixture-project.ts'
import { startStack } from '../local/stack.ts'
import { busFunctions, busTemplate } from './bus/project.ts'

const requests = 10
const workerMs = 500

/** When a function ran, ms since 1970. */
interface Run {
  readonly name: string
  readonly from: number
  readonly to: number
}

export async function benchBus(say: (line: string) => void): Promise<void> {
  const project = fixtureProject(busFunctions(workerMs))
  project.write('serverless.yml', busTemplate)
  const dataDir = join(project.root, 'data')
  try {
    const stack = await startStack({ root: project.root, dataDir, httpPort: 0, iotPort: 0, awsPort: 0 })
    try {
      const post = async (path: string): Promise<void> => {
        const answer = await fetch(`${stack.urls.site}${path}`, {
          method: 'POST',
          body: JSON.stringify({ site: stack.urls.site }),
        })
        if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`)
      }
      // Once unmeasured, so that no cold start is among the figures.
      for (const path of ['/wait', '/ask']) await post(path)
      await stack.idle()
      const from = Date.now()
      for (let n = 0; n < requests; n++) await post('/wait')
      const between = Date.now()
      // One after the other, so that who ran while whose worker worked is plain. `idle` waits for the delayed deadlines, too.
      for (let n = 0; n < requests; n++) {
        await post('/ask')
        await stack.idle()
      }
      await stack.stop()
      const runs = ['wait', 'workNow', 'ask', 'relay', 'work', 'back'].flatMap((name) =>
        readRuns(dataDir, name),
      )
      const waited = sumUp(
        runs.filter((run) => run.from >= from && run.to <= between + 1),
        'workNow',
      )
      const parted = sumUp(
        runs.filter((run) => run.from >= between),
        'work',
      )
      say(
        `${requests} requests, each ${workerMs} ms of its worker's; function-seconds on the local Lambda host, which has no AWS polling delay`,
      )
      say('                   worker    others   who asked, while the worker worked')
      say(`invoke-and-wait  ${seconds(waited.worker)} ${seconds(waited.others)} ${seconds(waited.waiting)}`)
      say(`three parts      ${seconds(parted.worker)} ${seconds(parted.others)} ${seconds(parted.waiting)}`)
      say(
        `(the others of three parts: invoker, relay and callback; relay and callback overlapped the worker's first and last moments for ${seconds(parted.overlapping).trim()})`,
      )
      if (parted.requests !== requests || waited.requests !== requests) {
        throw new Error(`the workers ran ${waited.requests} and ${parted.requests} times, not ${requests}`)
      }
    } finally {
      await stack.stop()
    }
  } finally {
    project.remove()
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`.padStart(8)

/** `billed <name> <from> <to>` in a function's log. */
function readRuns(dataDir: string, name: string): Run[] {
  const text = readFileSync(join(dataDir, 'lambda', 'logs', `${name}.log`), 'utf8')
  return [...text.matchAll(/billed (\w+) (\d+) (\d+)/g)].map(([, run = '', from, to]) => ({
    name: run,
    from: Number(from),
    to: Number(to),
  }))
}

/** Milliseconds of the worker and of the others, and how much of the latter fell into the worker's. */
function sumUp(runs: readonly Run[], workerName: string) {
  const workers = runs.filter(({ name }) => name === workerName)
  const others = runs.filter(({ name }) => name !== workerName)
  const length = ({ from, to }: Run): number => to - from
  const overlap = (a: Run, b: Run): number => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const during = (some: readonly Run[]): number =>
    sum(some.flatMap((one) => workers.map((worker) => overlap(one, worker))))
  return {
    requests: workers.length,
    worker: sum(workers.map(length)),
    others: sum(others.map(length)),
    // Relay and callback wait for nobody: the one may still send the deadline when the worker has its request, the other
    // has the reply when the worker is about to end.
    waiting: during(others.filter(({ name }) => name === 'wait' || name === 'ask')),
    overlapping: during(others.filter(({ name }) => name === 'relay' || name === 'back')),
  }
}

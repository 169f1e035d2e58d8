/** `npm run bench [-- NAME …]`: the figures of docs/performance.md, measured anew on this machine. */
import { benchBroker } from './broker.ts'
import { benchBus } from './bus.ts'
import { benchCheck } from './check.ts'
import { benchFirstValue } from './first-value.ts'
import { benchFuzz } from './fuzz.ts'
import { benchLatency } from './latency.ts'
import { benchLoadtest } from './loadtest.ts'
import { benchSessionFlood } from './session-flood.ts'
import { benchStampede } from './stampede.ts'
import { benchSuggestions } from './suggestions.ts'
import { machine } from './support/machine.ts'
import { benchTelethon } from './telethon.ts'

const benches: Readonly<
  Record<
    string,
    { about: string; run(say: (line: string) => void, options: readonly string[]): Promise<void> }
  >
> = {
  telethon: {
    about: 'throughput, latency, memory and CPU of three whole replays (about two minutes)',
    run: benchTelethon,
  },
  latency: {
    about:
      'from POST to the page, at one donation in three seconds and at twenty a second (about two minutes)',
    run: benchLatency,
  },
  broker: {
    about:
      'the local IoT Core beside Mosquitto, NATS, aedes and Socket.IO where they are installed (about six minutes; --short: two)',
    run: benchBroker,
  },
  loadtest: {
    about:
      'the load tester itself, beside a loop of mqtt.js clients (about a minute and a half; --short: one)',
    run: benchLoadtest,
  },
  fuzz: {
    about:
      'ten million random and damaged packets into the broker (about three minutes; --short: one million; --seed=N)',
    run: benchFuzz,
  },
  'first-value': {
    about: "from a page's script to the current value over 3G, beside mqtt.js (about a minute)",
    run: benchFirstValue,
  },
  bus: {
    about: 'what is billed while a request waits for its worker, beside invoke-and-wait (about a minute)',
    run: benchBus,
  },
  suggestions: {
    about:
      "from Intercom's webhook to the suggestion on the agent's client, fifty a second (about a minute and a half)",
    run: benchSuggestions,
  },
  check: {
    about: 'fanfare check on a thousand contracts (seconds)',
    run: benchCheck,
  },
  sessions: {
    about: 'what a flood of session requests does to accept (about two minutes)',
    run: benchSessionFlood,
  },
  stampede: {
    about:
      'everybody cut off at once and let back, beside the same without jitter (about four minutes; --short: one; --clients=N)',
    run: benchStampede,
  },
}

const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('--'))
const options = args.filter((arg) => arg.startsWith('--'))
const unknown = names.find((name) => !(name in benches))
if (options.includes('--help') || unknown !== undefined) {
  if (unknown !== undefined) process.stderr.write(`bench: there is no ${unknown}.\n`)
  process.stdout.write(
    `npm run bench -- [NAME …] [--short]\n\n${Object.entries(benches)
      .map(([name, { about }]) => `  ${name.padEnd(12)}${about}\n`)
      .join('')}`,
  )
  process.exit(options.includes('--help') ? 0 : 1)
}
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say(machine())
for (const name of names.length > 0 ? names : Object.keys(benches).filter((name) => name !== 'fuzz')) {
  say(`\n${name}: ${benches[name]?.about}`)
  await benches[name]?.run(say, options)
}
process.exit()

/** Other load testers, where they are installed: they count messages and compare none. On the tester's core, against a fresh broker. */
import { spawn, spawnSync } from 'node:child_process'
import { pause, stop } from '../broker/processes.ts'

const topic = 'campaigns/red-nose/total'
/** Its first seconds are slow. */
const holdMs = 14_000
const has = (name: string): boolean => spawnSync('which', [name]).status === 0

/** What a peer's own report says, in a line; or how it is had. */
export async function peerLines(
  startBroker: () => Promise<AsyncDisposable & { readonly port: number }>,
  viewers: number,
): Promise<readonly string[]> {
  const lines: string[] = []
  if (has('emqtt_bench')) {
    await using broker = await startBroker()
    lines.push(await emqttBench(broker.port, viewers))
  } else
    lines.push('not installed: emqtt_bench (github.com/emqx/emqtt-bench; the newest wants Erlang/OTP 27)')
  if (has('mqtt-benchmark')) {
    await using broker = await startBroker()
    lines.push(mqttBenchmark(broker.port))
  } else lines.push('not installed: mqtt-benchmark (github.com/krylovsk/mqtt-benchmark; go build)')
  return lines
}

/** Its subscribers, and a publisher of its own that gives them more than they can take. */
async function emqttBench(port: number, viewers: number): Promise<string> {
  const common = ['-h', '127.0.0.1', '-p', `${port}`, '-t', topic, '--ws', 'true']
  const run = (args: readonly string[]) =>
    spawn('taskset', ['-c', '1', 'emqtt_bench', ...args, ...common], { stdio: ['ignore', 'pipe', 'ignore'] })
  const subscribers = run(['sub', '-c', `${viewers}`, '-i', '1'])
  let told = ''
  subscribers.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()))
  await pause(viewers * 2 + 3000)
  const publisher = run(['pub', '-c', '1', '-I', '5', '-s', '300'])
  publisher.stdout.resume()
  await pause(holdMs)
  await Promise.all([stop(publisher), stop(subscribers)])
  const rates = Array.from(told.matchAll(/recv total=\d+ rate=([\d.]+)/g), ([, rate]) => Number(rate))
  const most = Math.max(0, ...rates)
  return `emqtt_bench: ${Math.round(most).toLocaleString('en')} received/s in its best second, on one core; nothing compared`
}

/** It has no subscribers: what it publishes at QoS 1 is all it can say. */
function mqttBenchmark(port: number): string {
  const { stdout } = spawnSync(
    'taskset',
    `-c 1 mqtt-benchmark -broker ws://127.0.0.1:${port}/mqtt -topic ${topic} -quiet -clients 10 -count 2000 -message-interval 0 -qos 1 -size 300`.split(
      ' ',
    ),
    // Against a broker that does not answer it would wait without end.
    { encoding: 'utf8', timeout: 30_000 },
  )
  const found = /Total Bandwidth \(msg\/sec\):\s+([\d.]+)/.exec(stdout)?.[1]
  return found === undefined
    ? 'mqtt-benchmark: gave no figures within 30 s'
    : `mqtt-benchmark: ${Math.round(Number(found)).toLocaleString('en')} published/s at QoS 1; it has no subscribers`
}

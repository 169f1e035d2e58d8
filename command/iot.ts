/**
 * `fanfare iot`: the local broker alone.
 *
 * @module
 */
import { parseArgs, styleText } from 'node:util'
import { localAccount } from '../local/aws.ts'
import { seededChance } from '../local/chance.ts'
import { type Faults, noFaults } from '../local/faults.ts'
import { onInterrupt } from '../local/interrupt.ts'
import { type IotCore, type LogLine, startIotCore } from '../local/iot/index.ts'
import { type Command, UsageError } from './command.ts'

const help = `fanfare iot: AWS IoT Core on this machine, alone: MQTT 5 and 3.1.1 over WebSocket, and the data plane's HTTP API on the same port.
It refuses what AWS refuses and listens on 127.0.0.1 only.

  fanfare iot [OPTION …]

  --port N            WebSocket and HTTP (default: 4001; 0 takes a free one)
  --tcp-port N        plain MQTT for tools (default: 1883 with --anonymous, else none; 0 takes a free one)
  --anonymous         admits anyone to everything; without it clients sign with AWS Signature Version 4
                      (access key ${localAccount.accessKeyId}, secret ${localAccount.secretAccessKey})
  --quotas WHAT       enforce, count or off (default: enforce)
  --region REGION     whose quotas: some Regions have a tenth of the others' (default: ${localAccount.region})
  --strict            every denied operation ends its connection
  --data FILE         SQLite file of the retained messages (default: forgotten at the end)
  --faults LIST       how AWS misbehaves, as double=0.1,drop=0.05 (default: not at all)
                      ${Object.keys(noFaults().iot).join(', ')}:
                      probabilities from 0 to 1; those that end in Ms are milliseconds
  --seed N            of the faults: the same seed gives the same run (default: 1)
  --verbose           tells who comes and goes, too

  fanfare iot --anonymous --faults double=0.2,delayMs=300 --seed 7
`

async function run(args: readonly string[]): Promise<number> {
  const options = readArguments(args)
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const { port, tcpPort, region, quotas, anonymous, strict, data, seed, faults, verbose } = options
  const iot = await startIotCore({
    port,
    ...(tcpPort !== undefined && { tcpPort }),
    region,
    quotas,
    anonymous,
    strict,
    faults,
    chance: seededChance(seed),
    ...(data !== undefined && { dataFile: data }),
    log: (line) => say(told(line)),
  })
  if (verbose)
    iot.onLifecycle(({ eventType, clientId, principalIdentifier, ...more }) => {
      const reason = 'disconnectReason' in more ? ` ${more.disconnectReason}` : ''
      const topics = 'topics' in more ? ` ${more.topics.join(' ')}` : ''
      say(printable(`${eventType} ${clientId} (${principalIdentifier})${reason}${topics}`))
    })
  say(welcome(iot, anonymous))
  await new Promise<void>((resolve) => onInterrupt(resolve))
  await iot.close()
  return 0
}

function welcome(iot: IotCore, anonymous: boolean): string {
  const http = `http://localhost:${iot.port}`
  const tcp = iot.tcpPort
  const steps = anonymous
    ? [
        ...(tcp === undefined
          ? []
          : [
              `mosquitto_sub -p ${tcp} -t 'hello/#' -v`,
              `mosquitto_pub -p ${tcp} -t hello/world -m 'one donation'`,
            ]),
        `mqtt.connect('${iot.url}', { protocolVersion: 5 })   // mqtt.js`,
      ]
    : [
        `AWS_ACCESS_KEY_ID=${localAccount.accessKeyId} AWS_SECRET_ACCESS_KEY=${localAccount.secretAccessKey} aws iot-data publish --region ${localAccount.region} --endpoint-url ${http} --topic hello/world --payload b25l`,
        'or start it with --anonymous, and any client may connect',
      ]
  return `
${styleText('bold', 'IoT Core is up')}

  MQTT over WebSocket  ${styleText('cyan', iot.url)}${tcp === undefined ? '' : `\n  MQTT over TCP        mqtt://localhost:${tcp}`}
  data plane           ${http}
  page                 ${http}/_fanfare/iot

Next:
${steps.map((step) => `  ${step}`).join('\n')}

Ctrl-C stops it.
`
}

/** A log line for a person: the message, then what was seen. */
function told({ level, message, ...seen }: LogLine): string {
  const more = Object.entries(seen)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const line = printable([message, ...more].join(' '))
  return level === 'warn' ? styleText('yellow', line) : line
}

/** Client IDs and topics are what somebody sent: no control character of theirs reaches the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\uFFFD')
}

function readArguments(args: readonly string[]) {
  const values = parse(args)
  const { region } = values
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new UsageError(`--region is ${JSON.stringify(region)}; give one such as eu-west-1`)
  const quotas = (['enforce', 'count', 'off'] as const).find((known) => known === values.quotas)
  if (!quotas)
    throw new UsageError(`--quotas is ${JSON.stringify(values.quotas)}; give enforce, count or off`)
  const tcpPort = values['tcp-port'] ?? (values.anonymous ? '1883' : undefined)
  return {
    ...values,
    quotas,
    port: whole('--port', values.port, 65_535),
    tcpPort: tcpPort === undefined ? undefined : whole('--tcp-port', tcpPort, 65_535),
    seed: whole('--seed', values.seed, 0xffff_ffff),
    faults: readFaults(values.faults),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '4001' },
        'tcp-port': { type: 'string' },
        anonymous: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        quotas: { type: 'string', default: 'enforce' },
        region: { type: 'string', default: localAccount.region },
        seed: { type: 'string', default: '1' },
        faults: { type: 'string', default: '' },
        data: { type: 'string' },
        verbose: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    // parseArgs says in one line which argument it does not know.
    throw new UsageError((error as Error).message)
  }
}

function whole(option: string, given: string, most: number): number {
  const value = Number(given)
  if (!/^\d+$/.test(given) || value > most)
    throw new UsageError(`${option} is ${JSON.stringify(given)}; give a whole number up to ${most}`)
  return value
}

/** Reads `double=0.1,delayMs=300`. */
function readFaults(list: string): Faults['iot'] {
  const faults = noFaults().iot
  for (const one of list.split(',').filter((each) => each !== '')) {
    const [, name = '', text = ''] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(one) ?? []
    const known = (Object.keys(faults) as (keyof Faults['iot'])[]).find((each) => each === name)
    const most = name.endsWith('Ms') ? 3_600_000 : 1
    if (!known || Number(text) > most)
      throw new UsageError(
        `--faults ${one}: expected NAME=N with a name of ${Object.keys(faults).join(', ')} and a number up to ${known ? most : 'its most'}`,
      )
    faults[known] = Number(text)
  }
  return faults
}

export const command: Command = { help, run }

/** Mosquitto's command-line clients, which a test drives. */
import { spawnSync } from 'node:child_process'

import { aptInstall } from './apt-install.ts'

/** Makes sure that mosquitto_sub and mosquitto_pub are there, installing them where it may. Answers with what is wrong, or undefined. */
export function mosquittoClientsProblem(): string | undefined {
  if (areHere()) return undefined
  const problem = aptInstall('mosquitto-clients')
  return problem === undefined && areHere()
    ? undefined
    : `the tests drive mosquitto_sub and mosquitto_pub, and they are not here: ${problem ?? 'they are installed and still not found.'} Install Mosquitto's clients (macOS: brew install mosquitto).`
}

function areHere(): boolean {
  return ['mosquitto_sub', 'mosquitto_pub'].every(
    (command) => spawnSync(command, ['--version']).error === undefined,
  )
}

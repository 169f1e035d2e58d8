/** The browser that tests drive. */
import { existsSync } from 'node:fs'

import { aptInstall } from './apt-install.ts'

export type Chromium = { readonly path: string } | { readonly problem: string }

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
] as const

/** A Chromium or Chrome on this machine: CHROMIUM_PATH first, then the usual places. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): Chromium | undefined {
  const named = env['CHROMIUM_PATH']
  if (named !== undefined && named !== '') {
    return existsSync(named)
      ? { path: named }
      : { problem: `CHROMIUM_PATH is ${named}, and there is no such file.` }
  }
  const path = places.find((place) => existsSync(place))
  return path === undefined ? undefined : { path }
}

/** Installs Debian's chromium where this is root on Debian or Ubuntu; elsewhere says what to do. */
export function installChromium(): Chromium {
  const problem = aptInstall('chromium')
  const chromium = problem === undefined ? findChromium() : undefined
  return (
    chromium ?? {
      problem: `the tests drive a real browser and none is here: ${problem ?? 'it is installed and still not found.'} Install Chromium or Chrome and, where it is not in a usual place, set CHROMIUM_PATH.`,
    }
  )
}

/** The browser that tests drive. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

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
  const remedy = 'Install Chromium or Chrome and, where it is not in a usual place, set CHROMIUM_PATH.'
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    const hint = existsSync('/etc/debian_version') ? ' On Debian: sudo apt-get install chromium.' : ''
    return { problem: `the tests drive a real browser and none is here. ${remedy}${hint}` }
  }
  process.stderr.write('npm test: installing chromium from Debian (once) …\n')
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const result = spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (result.status !== 0)
      return { problem: `apt-get ${args.join(' ')} ended with ${result.status}. ${remedy}` }
  }
  return findChromium() ?? { problem: `apt-get installed chromium and it is still not found. ${remedy}` }
}

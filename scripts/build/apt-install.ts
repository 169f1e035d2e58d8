import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Installs Debian packages where this is root on Debian or Ubuntu. Answers with what is wrong, or undefined when they are there now. */
export function aptInstall(...packages: readonly string[]): string | undefined {
  if (!existsSync('/etc/debian_version')) return 'this is no Debian.'
  if (process.getuid?.() !== 0) return `On Debian: sudo apt-get install ${packages.join(' ')}.`
  process.stderr.write(`npm test: installing ${packages.join(' and ')} from Debian (once) …\n`)
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const { status } = spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (status !== 0) return `apt-get ${args.join(' ')} ended with ${status}.`
  }
  return undefined
}

import type { InputOptions } from 'rolldown'

/** Browsers of the last two years, as esbuild names them: what pages and the element's script are built for. */
export const browserTargets = ['chrome131', 'firefox132', 'safari18'] as const

/** rolldown's options for what pages download. */
export const browserOptions = {
  platform: 'browser',
  transform: { target: [...browserTargets] },
  // What it has to say is an error, or nothing.
  logLevel: 'silent',
} satisfies InputOptions

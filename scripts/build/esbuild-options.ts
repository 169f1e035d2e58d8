/**
 * How handlers are bundled, on AWS (serverless-esbuild) and on the local stack alike.
 *
 * @module
 */
import type { BuildOptions } from 'esbuild'

/** esbuild's options for every handler. */
export const handlerBuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // ES modules of the SDK first: esbuild's default for node takes CommonJS, which is larger and cannot be shaken.
  mainFields: ['module', 'main'],
  // Some dependencies are CommonJS and require node's modules; an ES module has no require of its own.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'silent',
} as const satisfies BuildOptions

/**
 * The file that `custom.esbuild.config` in serverless.yml names: makes the registry of topics anew, then hands
 * serverless-esbuild the options that the local stack uses too.
 *
 * @module
 */
import { join } from 'node:path'
import { handlerBuildOptions } from './esbuild-options.ts'
import { updateRegistry } from './registry.ts'

function serverlessEsbuild() {
  updateRegistry(join(import.meta.dirname, '..', '..'), { write: true })
  return {
    ...handlerBuildOptions,
    minify: true,
    keepNames: true,
    outputFileExtension: '.mjs',
    // The bundler takes everything it finds: the zip needs no node_modules.
    exclude: [],
    concurrency: 2,
  }
}

// The plugin requires the file and calls what it gets; this name is what `require` of an ES module answers.
// https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
export { serverlessEsbuild as 'module.exports' }

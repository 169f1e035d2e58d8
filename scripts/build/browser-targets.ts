/** Browsers of the last two years, as esbuild names them: what pages and the element's script are built for. */
export const browserTargets = ['chrome131', 'firefox132', 'safari18'] as const

/** A page whose client is in a worker. */
const totals: unknown[] = []
Object.assign(globalThis, { totals })
new BroadcastChannel('told').addEventListener('message', ({ data }: MessageEvent<unknown>) =>
  totals.push(data),
)
Object.assign(globalThis, { worker: new Worker(`./client-worker.js${location.search}`, { type: 'module' }) })

/** What a page of `first-value` notes, for the bench to read. */
export interface Noted {
  /** From the script's start to the current value, ms. */
  ms: number | undefined
  value: number | undefined
}

const start = performance.now()
const noted: Noted = { ms: undefined, value: undefined }
Object.assign(globalThis, { noted })

/** The value is there. */
export function note(value: number): void {
  noted.ms ??= performance.now() - start
  noted.value ??= value
}

const query = new URLSearchParams(location.search)
/** The API, the campaign, and the WebSocket's port in place of the one that the session names: all behind the slow line. */
export const [api, campaignId, iotPort] = ['api', 'campaign', 'iot'].map((name) => query.get(name) ?? '') as [
  string,
  string,
  string,
]

/** Custom elements. `defineElements()` registers them; the script tag's file does it by itself. */
export { defineElements } from './define.ts'
export { FanfareFeed } from './fanfare-feed.ts'
export { FanfareValue } from './fanfare-value.ts'
export { LiveElement } from './live-element.ts'

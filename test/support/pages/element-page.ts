/** What the script tag runs, and an overlay to look at. */
import { defineElements } from '../../../client/element/index.ts'
import { createOverlay } from '../../../client/overlay/index.ts'

defineElements()
Object.assign(globalThis, { overlay: createOverlay() })

/** What goes wrong, on the page, while one develops. */
export { createOverlay, type Overlay, type OverlayOptions } from './overlay.ts'

/** What the one script tag runs: `<script src="…/fanfare-element.js" data-api="https://api.example.org"></script>`. */
import { defineElements } from './define.ts'

const tag = globalThis.document?.currentScript ?? globalThis.document?.querySelector('script[data-fanfare]')
const api = tag?.getAttribute('data-api')
defineElements(api ? { api } : {})

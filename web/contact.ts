/**
 * The visitor's contact form.
 *
 * @module
 */
import { contactForm } from './contact/contact-form.ts'

contactForm({ api: '', fetch: (url, init) => fetch(url, init) })

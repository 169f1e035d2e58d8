/** Puts a text on the clipboard. Answers whether the browser let it; never rejects. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Forbidden, or not on https: the text stands on the page.
    return false
  }
}

// Letters of a text, one by one.

/** The first letter of each word large and the others small, as Spark's `initcap` has it: words stand between spaces. */
export function titleCase(text: string): string {
  return text
    .split(' ')
    .map((word) => {
      const [first = '', ...rest] = word
      return first.toUpperCase() + rest.join('').toLowerCase()
    })
    .join(' ')
}

/** A pattern laid over a text from its start: `#` lets the character through that is below it, any other one covers it. */
export function maskText(pattern: string, text: string): string {
  const letters = Array.from(text)
  return Array.from(pattern, (mark, index) => (mark === '#' ? (letters[index] ?? '') : mark)).join(
    '',
  )
}

/** `orderId` and `HTTPServer` as `order_id` and `http_server`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replaceAll(/[\s-]+/gu, '_')
    .toLowerCase()
}

/** Trimmed and in small letters, and what is neither a letter of ASCII, a digit nor `_` as `_`. */
export function cleanName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^\da-z_]/gu, '_')
}

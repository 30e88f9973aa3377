/**
 * Text with its control signs spelled out, `\x1b` for escape. Names and values come from files: they must not speak to
 * the terminal.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (sign) => {
    const code = sign.charCodeAt(0).toString(16).padStart(2, '0')
    return `\\x${code}`
  })
}

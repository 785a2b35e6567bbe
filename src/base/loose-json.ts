// Reads the JSON that Java's fastjson writes: object keys may be bare integers (a map by queue
// or broker id) or whole objects (a map by MessageQueue). We print strict JSON only.
//
// Not served: fastjson's {"$ref": …}, which is left as it is.
// Source: remoting facts 5.1.

import { MqError } from './errors.ts'

/**
 * The value of `text`. A bare integer key becomes its digits, an object key becomes its text.
 * Throws `malformed-body`.
 */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Most bodies are strict; only the others pay for the second look.
  }
  try {
    return JSON.parse(quoteKeys(text))
  } catch (cause) {
    throw new MqError('malformed-body', 'the JSON cannot be read', {}, { cause })
  }
}

/** The text with each bare key quoted. Anything else that is wrong is left to JSON.parse. */
function quoteKeys(text: string): string {
  const parts: string[] = []
  const inObject: boolean[] = []
  let copied = 0
  let isKeyNext = false

  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (isSpace(char)) continue
    if (isKeyNext && char !== '"' && char !== '}') {
      const end = char === '{' ? objectEnd(text, at) : integerEnd(text, at)
      if (end === at) break
      parts.push(text.slice(copied, at), JSON.stringify(text.slice(at, end)))
      copied = end
      at = end - 1
      isKeyNext = false
      continue
    }
    isKeyNext = false
    if (char === '"') at = stringEnd(text, at) - 1
    else if (char === '{' || char === '[') {
      inObject.push(char === '{')
      isKeyNext = char === '{'
    } else if (char === '}' || char === ']') inObject.pop()
    else if (char === ',') isKeyNext = inObject.at(-1) === true
  }
  parts.push(text.slice(copied))
  return parts.join('')
}

const isSpace = (char: string | undefined): boolean =>
  char === ' ' || char === '\n' || char === '\t' || char === '\r'

const isDigit = (char: string | undefined): boolean =>
  char !== undefined && char >= '0' && char <= '9'

function integerEnd(text: string, start: number): number {
  let at = text[start] === '-' ? start + 1 : start
  if (!isDigit(text[at])) return start
  while (isDigit(text[at])) at++
  return at
}

/** After the quote that closes the string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

/** After the brace that closes the object, or the end of the text. */
function objectEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') at = stringEnd(text, at) - 1
    else if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at + 1
  }
  return text.length
}

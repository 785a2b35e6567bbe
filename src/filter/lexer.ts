// From the text of an SQL92 filter to its tokens.
//
// Every pattern is anchored where the last token ended and has no two ways to match the same
// text, so the time is linear whatever the text is. Keywords are matched ignoring case,
// identifiers keep theirs. A line comment may end with the text (Apache wants a line end).
//
// Source: SelectorParser.jj.

import { MqError } from '../base/errors.ts'

type TokenKind = 'keyword' | 'identifier' | 'string' | 'decimal' | 'float' | 'symbol' | 'end'

export type Token = {
  readonly kind: TokenKind
  /** Keywords in upper case, strings without their quotes, everything else as written. */
  readonly text: string
  /** Where it begins in the expression, in UTF-16 units. */
  readonly at: number
}

const keywords: ReadonlySet<string> = new Set([
  'NOT',
  'AND',
  'OR',
  'BETWEEN',
  'IN',
  'TRUE',
  'FALSE',
  'NULL',
  'IS',
  'CONTAINS',
  'STARTSWITH',
  'ENDSWITH',
])

/** In the order they are tried: a float before the decimal that it begins with. */
const patterns: readonly { kind: TokenKind | 'blank'; pattern: RegExp }[] = [
  { kind: 'blank', pattern: /[ \t\n\r\f]+/y },
  { kind: 'blank', pattern: /--[^\n\r]*/y },
  { kind: 'identifier', pattern: /[A-Za-z_$][A-Za-z0-9_$]*/y },
  { kind: 'float', pattern: /(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+/y },
  { kind: 'decimal', pattern: /0|[1-9]\d*[lL]?/y },
  { kind: 'string', pattern: /'(?:''|[^'])*'/y },
  { kind: 'symbol', pattern: /<>|<=|>=|[=<>(),+-]/y },
]

/** The most tokens of one expression: what bounds the cost of a filter per message. */
const tokensMax = 1024

/** Throws `illegal-filter-expression` with the place of the first character that fits nothing. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2)
      if (end < 0) throw illegal('a comment is not closed', at)
      at = end + 2
      continue
    }
    const token = tokenAt(text, at)
    if (token.kind !== 'blank') tokens.push(finished(token.kind, token.text, at))
    if (tokens.length > tokensMax) throw illegal('the expression is too long', at)
    at += token.text.length
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

/** The refusal of an expression; `at` counts UTF-16 units from its start. */
export const illegal = (message: string, at: number): MqError =>
  new MqError('illegal-filter-expression', message, { at })

function tokenAt(text: string, at: number): { kind: TokenKind | 'blank'; text: string } {
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) return { kind, text: match[0] }
  }
  throw illegal('a character that has no place here', at)
}

function finished(kind: TokenKind, text: string, at: number): Token {
  if (kind === 'string') return { kind, text: text.slice(1, -1).replaceAll("''", "'"), at }
  const upper = text.toUpperCase()
  if (kind === 'identifier' && keywords.has(upper)) return { kind: 'keyword', text: upper, at }
  return { kind, text, at }
}

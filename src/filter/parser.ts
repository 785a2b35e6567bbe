// From the tokens of an SQL92 filter to its tree. Recursive descent, depth bounded.
//
//   or         := and (OR and)*
//   and        := equality (AND equality)*
//   equality   := comparison ('=' comparison | '<>' comparison | IS [NOT] NULL)*
//   comparison := unary ( ('>' | '>=' | '<' | '<=') unary
//                       | [NOT] BETWEEN unary AND unary
//                       | [NOT] IN '(' string (',' string)* ')'
//                       | [NOT] (CONTAINS | STARTSWITH | ENDSWITH) string )*
//   unary      := '+' unary | '-' unary | NOT unary | primary
//   primary    := string | number | TRUE | FALSE | NULL | identifier | '(' or ')'
//
// So NOT binds tighter than a comparison: `NOT a = 1` is `(NOT a) = 1`, as in Apache.
// What an operator refuses for an operand (a string where an order is asked for, NULL with
// '=') is refused here, once, not at every message.
//
// Source: SelectorParser.jj and the create… methods of its expressions. Unlike there, text
// after a whole expression is refused, and 0.0 is a number.

import { illegal, type Token, tokenize } from './lexer.ts'

/** A Java number by its class: what decides how a property's text is read to be compared. */
export type Numeral =
  | { readonly class: 'Integer'; readonly value: number }
  | { readonly class: 'Long'; readonly value: bigint }
  | { readonly class: 'Double'; readonly value: number }

type Constant = string | boolean | null | Numeral

export type OrderOperator = '>' | '>=' | '<' | '<='
export type TextOperator = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH'

/** What has a value that is no truth. */
type Operand =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'property'; readonly name: string }
  /** `-` before anything: a number of the other sign, null for everything else. */
  | { readonly kind: 'negated'; readonly of: Node }

type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly of: Node }
  | { readonly kind: 'equal'; readonly left: Node; readonly right: Node }
  | {
      readonly kind: 'order'
      readonly operator: OrderOperator
      readonly left: Node
      readonly right: Node
    }
  | {
      readonly kind: 'text'
      readonly operator: TextOperator
      readonly isNegated: boolean
      readonly of: Node
      readonly search: string
    }
  | {
      readonly kind: 'in'
      readonly isNegated: boolean
      readonly name: string
      readonly values: ReadonlySet<string>
    }
  | { readonly kind: 'isNull'; readonly of: Node }

export type Node = Operand | Condition

const depthMax = 100

/** The tree of `text`. Throws `illegal-filter-expression` with the place of the fault. */
export function parseSql(text: string): Node {
  const parser = new Parser(tokenize(text))
  return parser.whole()
}

/** Whether the node is a condition by itself; a property in such a place is cast. */
function isCondition(node: Node): boolean {
  if (node.kind === 'constant') return typeof node.value === 'boolean' || node.value === null
  return node.kind !== 'property' && node.kind !== 'negated'
}

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Node {
    const node = this.#condition(this.#or())
    if (this.#token.kind !== 'end') throw this.#refusal('an operator was expected')
    return node
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  #refusal(message: string): Error {
    return illegal(message, this.#token.at)
  }

  #is(text: string, ahead = 0): boolean {
    const token = this.#tokens[this.#next + ahead]
    return (token?.kind === 'keyword' || token?.kind === 'symbol') && token.text === text
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false
    this.#next++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#refusal(`${text} was expected`)
  }

  #string(): string {
    const token = this.#token
    if (token.kind !== 'string') throw this.#refusal('a string was expected')
    this.#next++
    return token.text
  }

  #condition(node: Node): Node {
    if (isCondition(node) || node.kind === 'property') return node
    throw this.#refusal('a condition was expected before this')
  }

  #or(): Node {
    let left = this.#and()
    while (this.#take('OR')) {
      left = this.#condition(left)
      left = { kind: 'or', left, right: this.#condition(this.#and()) }
    }
    return left
  }

  #and(): Node {
    let left = this.#equality()
    while (this.#take('AND')) {
      left = this.#condition(left)
      left = { kind: 'and', left, right: this.#condition(this.#equality()) }
    }
    return left
  }

  #equality(): Node {
    let left = this.#comparison()
    for (;;) {
      if (this.#take('=')) left = this.#equal(left, this.#comparison())
      else if (this.#take('<>')) left = not(this.#equal(left, this.#comparison()))
      else if (this.#take('IS')) {
        const isNegated = this.#take('NOT')
        this.#expect('NULL')
        left = isNegated ? not({ kind: 'isNull', of: left }) : { kind: 'isNull', of: left }
      } else return left
    }
  }

  #equal(left: Node, right: Node): Node {
    for (const side of [left, right]) {
      if (side.kind === 'constant' && side.value === null) {
        throw this.#refusal('NULL is compared with IS')
      }
    }
    if (left.kind === 'constant' && right.kind === 'constant') {
      if (typeof left.value === 'boolean' && typeof right.value !== 'boolean') {
        throw this.#refusal('a truth is compared with another class')
      }
    }
    return { kind: 'equal', left, right }
  }

  #comparison(): Node {
    let left = this.#unary()
    for (;;) {
      const token = this.#token
      const isNegated = this.#is('NOT')
      if (['>', '>=', '<', '<='].some((operator) => this.#is(operator))) {
        this.#next++
        left = this.#order(token.text as OrderOperator, left, this.#unary())
      } else if (this.#is('BETWEEN', isNegated ? 1 : 0)) {
        this.#next += isNegated ? 2 : 1
        left = this.#between(isNegated, left)
      } else if (this.#is('IN', isNegated ? 1 : 0)) {
        this.#next += isNegated ? 2 : 1
        left = this.#in(isNegated, left)
      } else {
        const found = (['CONTAINS', 'STARTSWITH', 'ENDSWITH'] as const).find((operator) =>
          this.#is(operator, isNegated ? 1 : 0),
        )
        if (!found) return left
        this.#next += isNegated ? 2 : 1
        left = { kind: 'text', operator: found, isNegated, of: left, search: this.#string() }
      }
    }
  }

  #order(operator: OrderOperator, left: Node, right: Node): Node {
    for (const side of [left, right]) {
      const isNumber = side.kind === 'constant' && typeof side.value === 'object' && side.value
      if (side.kind === 'property' || side.kind === 'negated' || isNumber) continue
      throw this.#refusal('only numbers have an order')
    }
    return { kind: 'order', operator, left, right }
  }

  #between(isNegated: boolean, value: Node): Node {
    const low = this.#unary()
    this.#expect('AND')
    const high = this.#unary()
    if (isNegated) {
      return {
        kind: 'or',
        left: this.#order('<', value, low),
        right: this.#order('>', value, high),
      }
    }
    const node: Node = {
      kind: 'and',
      left: this.#order('>=', value, low),
      right: this.#order('<=', value, high),
    }
    if (low.kind === 'constant' && high.kind === 'constant') {
      if (asDouble(low.value) > asDouble(high.value)) {
        throw this.#refusal('BETWEEN has its larger value first')
      }
    }
    return node
  }

  #in(isNegated: boolean, left: Node): Node {
    if (left.kind !== 'property') throw this.#refusal('IN wants a property before it')
    this.#expect('(')
    const values = new Set([this.#string()])
    while (this.#take(',')) values.add(this.#string())
    this.#expect(')')
    return { kind: 'in', isNegated, name: left.name, values }
  }

  #unary(): Node {
    if (++this.#depth > depthMax) throw this.#refusal('the expression is nested too deep')
    try {
      if (this.#take('+')) return this.#unary()
      if (this.#take('-')) return negated(this.#unary())
      if (this.#take('NOT')) return not(this.#condition(this.#unary()))
      return this.#primary()
    } finally {
      this.#depth--
    }
  }

  #primary(): Node {
    const token = this.#token
    this.#next++
    switch (token.kind) {
      case 'string':
        return { kind: 'constant', value: token.text }
      case 'decimal':
        return { kind: 'constant', value: decimal(token) }
      case 'float':
        return { kind: 'constant', value: float(token) }
      case 'identifier':
        return { kind: 'property', name: token.text }
      default:
        break
    }
    if (token.text === 'TRUE') return { kind: 'constant', value: true }
    if (token.text === 'FALSE') return { kind: 'constant', value: false }
    if (token.text === 'NULL') return { kind: 'constant', value: null }
    if (token.kind !== 'symbol' || token.text !== '(') {
      throw illegal('a value was expected', token.at)
    }
    const node = this.#or()
    this.#expect(')')
    return node
  }
}

const not = (of: Node): Node => ({ kind: 'not', of })

// Apache refuses a wrong order only of two constants, and a negated one is none to it.
const negated = (of: Node): Node => ({ kind: 'negated', of })

const int32Max = 2n ** 31n - 1n
const int64Max = 2n ** 63n - 1n

function decimal(token: Token): Numeral {
  const value = BigInt(token.text.replace(/[lL]$/, ''))
  if (value > int64Max) throw illegal('the number is too large', token.at)
  if (value <= int32Max) return { class: 'Integer', value: Number(value) }
  return { class: 'Long', value }
}

function float(token: Token): Numeral {
  const value = Number(token.text)
  if (!Number.isFinite(value)) throw illegal('the number is too large', token.at)
  return { class: 'Double', value }
}

const asDouble = (value: Constant): number =>
  value !== null && typeof value === 'object' ? Number(value.value) : Number.NaN

// From the tree of an SQL92 filter to one function. Nothing is interpreted per message and
// nothing is ever evaluated as code: each node becomes a closure once.
//
// Truth has four values. Unknown is SQL's null: a property that is not set. Failed is Java's
// exception (text that is no number where a number was asked for): it ends the evaluation,
// unless the other side of AND or OR had decided it before. Only `yes` matches.
//
// Properties are text; a comparison reads them as the class of what they are compared with.
// Quirks kept because subscriptions written for Apache rely on what they select:
//   - `p = 1` is unknown without p, but `1 = p` is false, so `1 <> p` matches;
//   - two properties that are both not set are equal;
//   - `TRUE = p` fails, `p = TRUE` reads the text;
//   - a property alone is false when it is set, so `NOT p` matches then.
//
// Source: ComparisonExpression, LogicExpression, UnaryExpression. Left out: hexadecimal
// floating point in property text, which Java's Double.valueOf reads.

import type { Node, Numeral, OrderOperator, TextOperator } from './parser.ts'

/** Gives a property's text; undefined when it is not set. */
export type PropertyLookup = (name: string) => string | undefined

const no = 0
const yes = 1
const unknown = 2
const failed = 3
type Truth = typeof no | typeof yes | typeof unknown | typeof failed
type Test = (lookup: PropertyLookup) => Truth

/** What an operand is at run time; null is not set, `failure` the exception. */
const failure = Symbol('failure')
type Value = string | boolean | Numeral | null | typeof failure
type Read = (lookup: PropertyLookup) => Value

/** The filter as a function. */
export function compileSql(node: Node): (lookup: PropertyLookup) => boolean {
  const test = compile(node)
  return (lookup) => test(lookup) === yes
}

function compile(node: Node): Test {
  switch (node.kind) {
    case 'and':
      return both(compile(node.left), compile(node.right), no, yes)
    case 'or':
      return both(compile(node.left), compile(node.right), yes, no)
    case 'not': {
      const of = compile(node.of)
      return (lookup) => {
        const truth = of(lookup)
        return truth === yes ? no : truth === no ? yes : truth
      }
    }
    case 'equal':
      return equal(node.left, node.right)
    case 'order':
      return order(node.operator, node.left, node.right)
    case 'text':
      return textTest(node.operator, node.isNegated, reader(node.of), node.search)
    case 'in': {
      const { name, values, isNegated } = node
      return (lookup) => {
        const value = lookup(name)
        return value === undefined ? unknown : truthOf(values.has(value) !== isNegated)
      }
    }
    case 'isNull': {
      const of = reader(node.of)
      return (lookup) => {
        const value = of(lookup)
        return value === failure ? failed : truthOf(value === null)
      }
    }
    case 'property':
      return (lookup) => (lookup(node.name) === undefined ? unknown : no)
    case 'constant': {
      const truth = node.value === null ? unknown : truthOf(node.value === true)
      return () => truth
    }
    case 'negated':
      return () => unknown
  }
}

/** AND with `decides` no and `otherwise` yes; OR with the two changed round. */
function both(left: Test, right: Test, decides: Truth, otherwise: Truth): Test {
  return (lookup) => {
    const a = left(lookup)
    if (a === decides || a === failed) return a
    const b = right(lookup)
    if (b === decides || b === failed) return b
    return a === unknown || b === unknown ? unknown : otherwise
  }
}

const truthOf = (value: boolean): Truth => (value ? yes : no)

function reader(node: Node): Read {
  if (node.kind === 'constant') {
    const { value } = node
    return () => value
  }
  if (node.kind === 'property') {
    const { name } = node
    return (lookup) => lookup(name) ?? null
  }
  if (node.kind === 'negated') {
    const of = reader(node.of)
    return (lookup) => negate(of(lookup))
  }
  const test = compile(node)
  return (lookup) => {
    const truth = test(lookup)
    return truth === failed ? failure : truth === unknown ? null : truth === yes
  }
}

function negate(value: Value): Value {
  if (value === failure) return failure
  if (value === null || typeof value !== 'object') return null
  if (value.class === 'Long') return { class: 'Long', value: -value.value }
  return { class: value.class, value: value.class === 'Integer' ? 0 - value.value : -value.value }
}

function equal(left: Node, right: Node): Test {
  if (left.kind === 'property' && right.kind === 'constant' && typeof right.value === 'string') {
    const { name } = left
    const { value } = right
    return (lookup) => {
      const text = lookup(name)
      return text === undefined ? unknown : truthOf(text === value)
    }
  }
  const readLeft = reader(left)
  const readRight = reader(right)
  return (lookup) => {
    const a = readLeft(lookup)
    if (a === failure) return failed
    const b = readRight(lookup)
    if (b === failure) return failed
    if (a === null) return b === null ? yes : unknown
    if (b === null) return no
    const difference = compareValues(a, b)
    return difference === undefined ? failed : truthOf(difference === 0)
  }
}

const orders: Record<OrderOperator, (difference: number) => boolean> = {
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
}

function order(operator: OrderOperator, left: Node, right: Node): Test {
  const readLeft = reader(left)
  const readRight = reader(right)
  const decide = orders[operator]
  return (lookup) => {
    const a = readLeft(lookup)
    if (a === failure) return failed
    if (a === null) return unknown
    const b = readRight(lookup)
    if (b === failure) return failed
    if (b === null) return unknown
    const difference =
      typeof a === 'string' && typeof b === 'string' ? compareTexts(a, b) : compareValues(a, b)
    return difference === undefined ? failed : truthOf(decide(difference))
  }
}

function textTest(operator: TextOperator, isNegated: boolean, of: Read, search: string): Test {
  if (search === '') return () => no
  const found: Record<TextOperator, (text: string) => boolean> = {
    CONTAINS: (text) => text.includes(search),
    STARTSWITH: (text) => text.startsWith(search),
    ENDSWITH: (text) => text.endsWith(search),
  }
  const decide = found[operator]
  return (lookup) => {
    const value = of(lookup)
    if (value === failure) return failed
    return typeof value === 'string' ? truthOf(decide(value) !== isNegated) : no
  }
}

/** Two properties have an order when both are numbers. */
function compareTexts(a: string, b: string): number | undefined {
  const left = readDouble(a)
  const right = readDouble(b)
  return left === undefined || right === undefined ? undefined : compareDoubles(left, right)
}

/** As Java's compareTo; undefined where it throws. Classes that never meet are -1 apart. */
function compareValues(
  a: string | boolean | Numeral,
  b: string | boolean | Numeral,
): number | undefined {
  if (typeof a === 'boolean') {
    if (typeof b === 'boolean') return Number(a) - Number(b)
    return typeof b === 'string' ? undefined : -1
  }
  if (typeof a === 'string') {
    if (typeof b === 'string') return a === b ? 0 : a < b ? -1 : 1
    if (typeof b === 'boolean') return Number(a.toLowerCase() === 'true') - Number(b)
    const read = readAs(b.class, a)
    return read && compareNumerals(read, b)
  }
  if (typeof b === 'boolean') return -1
  if (typeof b === 'string') {
    const read = readAs(a.class, b)
    return read && compareNumerals(a, read)
  }
  return compareNumerals(a, b)
}

function compareNumerals(a: Numeral, b: Numeral): number {
  if (a.class === 'Double' || b.class === 'Double') {
    return compareDoubles(Number(a.value), Number(b.value))
  }
  return a.value === b.value ? 0 : a.value < b.value ? -1 : a.value > b.value ? 1 : 0
}

/** Source: Double.compare: -0 before 0, NaN after everything and equal to itself. */
function compareDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (Object.is(a, b)) return 0
  if (Number.isNaN(a)) return 1
  if (Number.isNaN(b)) return -1
  return Object.is(a, -0) ? -1 : 1
}

function readAs(to: Numeral['class'], text: string): Numeral | undefined {
  if (to === 'Double') {
    const value = readDouble(text)
    return value === undefined ? undefined : { class: 'Double', value }
  }
  if (!/^[+-]?\d+$/.test(text)) return undefined
  if (to === 'Integer') {
    const value = Number(text)
    const fits = value >= -(2 ** 31) && value < 2 ** 31
    return fits ? { class: 'Integer', value: value + 0 } : undefined
  }
  // 40 digits hold any long with leading zeros that somebody would write.
  if (text.length > 40) return undefined
  const value = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, value) === value ? { class: 'Long', value } : undefined
}

/** Source: Double.valueOf(String), which trims what String.trim does. */
function readDouble(text: string): number | undefined {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 0x20) from++
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--
  const match = javaDouble.exec(text.slice(from, to))
  if (!match) return undefined
  const value = match[2] === 'NaN' ? Number.NaN : Number(match[3] ?? match[2])
  return match[1] === '-' ? -value : value
}

const javaDouble = /^([+-]?)(?:(NaN|Infinity)|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?)$/

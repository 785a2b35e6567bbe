// The SQL92 filter against a reference that walks the tree, with exceptions where Java throws
// and null where SQL is unknown, and against arbitrary text. COUNT=n tries more; the whole form is
// COUNT=100000.

import test from 'ava'
import fc from 'fast-check'
import { MqError } from '../../src/base/errors.ts'
import { compileFilter } from '../../src/filter/filter.ts'

type Env = Readonly<Record<string, string>>
/** An expression with its text and its meaning; the meaning throws where Java does. */
type Sample = { text: string; eval(env: Env): unknown }

const asked = process.env['COUNT']
const run =
  asked === undefined
    ? { numRuns: 3000, interruptAfterTimeLimit: 5000 }
    : { numRuns: Number(asked) }

const literals: fc.Arbitrary<Sample> = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((n) => ({ text: `${n}`, eval: () => ({ int: n }) })),
  fc.constantFrom(0.5, 1.5, 2.25).map((n) => ({ text: `${n}`, eval: () => ({ double: n }) })),
)
const names = fc.constantFrom('a', 'b', 'c', 'unset')
const property: fc.Arbitrary<Sample> = names.map((name) => ({
  text: name,
  eval: (env) => env[name] ?? null,
}))
const strings = fc.constantFrom('1', 'x', "it's", 'true', '1.5', ' ', '')
const quote = (text: string) => `'${text.replaceAll("'", "''")}'`
const values = strings.filter((s) => s !== '')

const toDouble = (value: unknown): number => {
  if (typeof value === 'string') {
    if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(value)) throw new Error('NumberFormatException')
    return Number(value)
  }
  const { int, double } = value as { int?: number; double?: number }
  return int ?? double ?? Number.NaN
}
const toInt = (value: unknown): number => {
  if (typeof value === 'string' && !/^[+-]?\d+$/.test(value)) throw new Error('NumberFormat')
  return toDouble(value)
}

const difference = (a: unknown, b: unknown): number => {
  const hasDouble = [a, b].some((v) => typeof v === 'object' && v !== null && 'double' in v)
  const read = hasDouble ? toDouble : toInt
  return read(a) - read(b)
}

const order = fc
  .tuple(
    fc.constantFrom('<', '<=', '>', '>='),
    property,
    fc.oneof(literals, property),
    fc.boolean(),
  )
  .map(([operator, p, other, swapped]): Sample => {
    const [left, right] = swapped ? [other, p] : [p, other]
    return {
      text: `${left.text} ${operator} ${right.text}`,
      eval(env) {
        const a = left.eval(env)
        if (a === null) return null
        const b = right.eval(env)
        if (b === null) return null
        const both = typeof a === 'string' && typeof b === 'string'
        const d = both ? toDouble(a) - toDouble(b) : difference(a, b)
        return { '<': d < 0, '<=': d <= 0, '>': d > 0, '>=': d >= 0 }[operator]
      },
    }
  })

const equality = fc
  .tuple(property, fc.oneof(literals, property, values.map(constant)), fc.boolean(), fc.boolean())
  .map(([p, other, swapped, negated]): Sample => {
    const [left, right] = swapped ? [other, p] : [p, other]
    return {
      text: `${left.text} ${negated ? '<>' : '='} ${right.text}`,
      eval(env) {
        const a = left.eval(env)
        const b = right.eval(env)
        if (a === null && b !== null) return null
        if (b === null) return (a === null) !== negated
        const both = typeof a === 'string' && typeof b === 'string'
        const same = both ? a === b : difference(a, b) === 0
        return same !== negated
      },
    }
  })

function constant(text: string): Sample {
  return { text: quote(text), eval: () => text }
}

const textual = fc
  .tuple(names, fc.constantFrom('CONTAINS', 'STARTSWITH', 'ENDSWITH'), fc.boolean(), strings)
  .map(
    ([name, operator, negated, search]): Sample => ({
      text: `${name} ${negated ? 'NOT ' : ''}${operator} ${quote(search)}`,
      eval(env) {
        const value = env[name]
        if (value === undefined || search === '') return false
        const at = operator === 'ENDSWITH' ? value.lastIndexOf(search) : value.indexOf(search)
        const found = {
          CONTAINS: at >= 0,
          STARTSWITH: at === 0,
          ENDSWITH: at >= 0 && at + search.length === value.length,
        }[operator]
        return found !== negated
      },
    }),
  )

const membership = fc
  .tuple(names, fc.boolean(), fc.array(strings, { minLength: 1, maxLength: 6 }))
  .map(
    ([name, negated, list]): Sample => ({
      text: `${name} ${negated ? 'not ' : ''}in (${list.map(quote).join(', ')})`,
      eval: (env) =>
        env[name] === undefined ? null : list.some((one) => one === env[name]) !== negated,
    }),
  )

const nullness = fc.tuple(names, fc.boolean()).map(
  ([name, negated]): Sample => ({
    text: `${name} IS ${negated ? 'NOT ' : ''}NULL`,
    eval: (env) => (env[name] === undefined) !== negated,
  }),
)

const { condition } = fc.letrec<{ condition: Sample }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    order,
    equality,
    textual,
    membership,
    nullness,
    tie('condition').map(
      (of): Sample => ({
        text: `NOT (${of.text})`,
        eval(env) {
          const truth = of.eval(env)
          return truth === null ? null : !truth
        },
      }),
    ),
    fc.tuple(tie('condition'), fc.boolean(), tie('condition')).map(
      ([left, isAnd, right]): Sample => ({
        text: `(${left.text}) ${isAnd ? 'AND' : 'OR'} (${right.text})`,
        eval(env) {
          const a = left.eval(env)
          if (a === !isAnd) return a
          const b = right.eval(env)
          if (b === !isAnd) return b
          return a === null || b === null ? null : isAnd
        },
      }),
    ),
  ),
}))

const environment = fc.record(
  { a: strings, b: strings, c: fc.constantFrom('0', '5', '+7', '2.25', 'x') },
  { requiredKeys: [] },
) as fc.Arbitrary<Env>

test('a filter selects what the reference selects', (t) => {
  fc.assert(
    fc.property(condition, environment, (sample, env) => {
      let expected = false
      try {
        expected = sample.eval(env) === true
      } catch {
        // An exception of the evaluation is "not matched".
      }
      const filter = compileFilter('SQL92', sample.text)
      t.is(
        filter.matches((name) => env[name]),
        expected,
        sample.text,
      )
    }),
    run,
  )
  t.pass()
})

const words = fc.constantFrom(
  ...['a', "'x'", '1', '.5', '(', ')', ',', '=', '<>', '>', '-', 'AND', 'OR', 'NOT', 'IN', 'IS'],
  ...['NULL', 'BETWEEN', 'TRUE', 'CONTAINS', '/*', '*/', '--', "'", '#', ' ', '9'.repeat(30)],
)

test('any text is compiled or refused with its place, and evaluates without an exception', (t) => {
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 40 }).map((w) => w.join(' ')),
  )
  fc.assert(
    fc.property(texts, environment, (text, env) => {
      try {
        const filter = compileFilter('SQL92', text)
        t.is(typeof filter.matches((name) => env[name]), 'boolean')
      } catch (error) {
        if (!(error instanceof MqError)) throw error
        t.is(error.failure, 'illegal-filter-expression')
        t.is(typeof error.detail['at'], 'number')
      }
    }),
    run,
  )
  t.pass()
})

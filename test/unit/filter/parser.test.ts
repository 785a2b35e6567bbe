// Source: SelectorParser.jj; what Apache refuses when a subscription is registered.

import test from 'ava'
import { MqError } from '../../../src/base/errors.ts'
import { parseSql } from '../../../src/filter/parser.ts'

const refused: Record<string, string> = {
  'nothing at all': '',
  'a value without an operator': '1',
  'a string alone': "'a'",
  'a negated number alone': '- 1',
  'text after the expression': 'a = 1 b',
  'an open bracket': '(a = 1',
  'an open string': "a = 'x",
  'an open comment': 'a = 1 /* x',
  'a character of no token': 'a = #',
  'half a comparison': 'a =',
  'NULL with an equals sign': 'a = NULL',
  'IS with a value': 'a IS 1',
  'an order of strings': "a > 'x'",
  'an order of truths': 'a >= TRUE',
  'an order of NULL': 'a < NULL',
  'an order of conditions': '(a = 1) > 2',
  'a truth compared with a number': 'TRUE = 1',
  'a range of strings': "a BETWEEN 'a' AND 'b'",
  'a range that ends before it begins': 'a BETWEEN 2 AND 1',
  'IN of numbers': 'a IN (1)',
  'IN of nothing': 'a IN ()',
  'IN of a constant': "'a' IN ('a')",
  'CONTAINS without a string': 'a CONTAINS b',
  'NOT before a number': 'NOT 1',
  'AND of a number': 'a = 1 AND 2',
  'a number beyond a long': 'a = 9223372036854775808',
  'a number beyond a double': 'a = 1e999',
  'a leading zero': 'a = 01',
  'a hundred and one brackets': `${'('.repeat(101)}a = 1${')'.repeat(101)}`,
  'more tokens than the limit': `a = 1${' OR a = 1'.repeat(300)}`,
}

for (const [what, text] of Object.entries(refused)) {
  test(`${what} is refused with its place`, (t) => {
    const error = t.throws(() => parseSql(text), { instanceOf: MqError })
    t.is(error?.failure, 'illegal-filter-expression')
    t.is(typeof error?.detail['at'], 'number')
  })
}

const accepted: Record<string, string> = {
  'keywords in any case': "a iN ('x') oR b nOt bEtWeEn 1 AnD 2",
  'comments and white space': '/* x * / **/ a\t=\n1 -- the end',
  'a property alone': 'a',
  'a truth alone': 'TRUE',
  NULL: 'NULL',
  'a truth on the right of a number': '1 = TRUE',
  'names with dollars and underlines': '$a_1 = _b$',
  'numbers of each class': 'a = 0 OR a = 2147483648 OR a = 7L OR a = .5e1 OR a = 5. OR a = 5E-1',
  'the deepest brackets': `${'('.repeat(98)}a = 1${')'.repeat(98)}`,
}

for (const [what, text] of Object.entries(accepted)) {
  test(`${what} can be parsed`, (t) => {
    t.notThrows(() => parseSql(text))
  })
}

test('NOT binds tighter than a comparison', (t) => {
  t.like(parseSql('NOT a = TRUE'), { kind: 'equal', left: { kind: 'not' } })
})

test('AND binds tighter than OR', (t) => {
  t.like(parseSql('a OR b AND c'), { kind: 'or', right: { kind: 'and' } })
})

test('a quote is doubled inside a string', (t) => {
  t.like(parseSql("a = 'it''s'"), { right: { kind: 'constant', value: "it's" } })
})

// Which messages an SQL92 filter selects. Source: ComparisonExpression and its neighbours.

import test from 'ava'
import { compileFilter } from '../../../src/filter/filter.ts'

const properties: Record<string, string> = {
  n: '5',
  f: '1.5',
  big: '9007199254740993',
  s: 'region-eu',
  yes: 'TRUE',
  nan: 'NaN',
  spaced: ' 5 ',
  TAGS: 'paid',
}

const selects = (expression: string): boolean =>
  compileFilter('SQL92', expression).matches((name) => properties[name])

const matching: Record<string, readonly string[]> = {
  'numbers are compared as the class of the constant': [
    'n = 5',
    'n <> 4',
    'n > 4',
    'n >= 5',
    'n < 5.5',
    'n = 5.0',
    'f > 1.4',
    'f = 1.5',
    'n > -1',
    'n < 2147483648',
    'spaced = 5.0',
    'n = + 5',
    '-5 = - - -5',
    '2 > 1',
    '5 < n OR n = 5',
  ],
  'longs keep all their digits': [
    'big = 9007199254740993',
    'big > 9007199254740992',
    'big < 9007199254740994',
  ],
  'ranges hold their ends': ['n BETWEEN 5 AND 5', 'n NOT BETWEEN 6 AND 9', 'n BETWEEN -1 AND 9'],
  'strings are compared whole': ["s = 'region-eu'", "s <> 'region'", "s IN ('a', 'region-eu')"],
  'parts of strings are found': [
    "s CONTAINS 'on-'",
    "s STARTSWITH 'region'",
    "s ENDSWITH 'eu'",
    "s NOT CONTAINS 'us'",
    "s NOT STARTSWITH 'x'",
    "s NOT ENDSWITH 'x'",
  ],
  'truths are read from text': ['yes = TRUE', 'NOT (yes = FALSE)', 'n = FALSE', 'TRUE'],
  'what is not set can be asked for': ['x IS NULL', 'n IS NOT NULL', 'NULL IS NULL', 'x = y'],
  'an operator decides as soon as one side does': [
    'n = 5 OR s = 1',
    'x = 1 OR n = 5',
    'NOT (n = 4 AND s = 1)',
  ],
  'two properties have an order when both are numbers': ['n > f', 'nan > n'],
  'the tag is a property': ["TAGS = 'paid'"],
  'a constant differs from what is not set': ['1 <> x', "'a' <> x"],
  'a property alone is false, so its negation is true': ['NOT n', 'n OR n = 5'],
}

const notMatching: Record<string, readonly string[]> = {
  'a comparison with what is not set is unknown': [
    'x = 1',
    'x <> 1',
    'NOT (x = 1)',
    'x > 1',
    'x < 1',
    'x BETWEEN 1 AND 2',
    'x NOT BETWEEN 1 AND 2',
    "x IN ('a')",
    "x NOT IN ('a')",
    'x',
    'NOT x',
    'NULL',
    'NOT NULL',
    'x = 1 AND n = 5',
  ],
  'parts of what is not set are not found, nor missing': [
    "x CONTAINS 'a'",
    "x NOT CONTAINS 'a'",
    "x NOT STARTSWITH 'a'",
    "x NOT ENDSWITH 'a'",
  ],
  'the empty text is part of nothing': ["s CONTAINS ''", "s NOT CONTAINS ''"],
  'text that is no such number fails, negated or not': [
    'f = 1',
    'f <> 1',
    's > 1',
    'NOT (s = 1)',
    'spaced = 5',
    'big = 1 AND f = 1',
    'n = 4 OR s = 1',
    's = 1 OR n = 5',
    'big > 2147483647 AND big = 5',
    's > n',
    '(s = 1) IS NULL',
  ],
  'names keep their case': ['N = 5'],
  'a truth on the left of a property fails': ['TRUE = yes', 'TRUE <> yes'],
  'a number is no truth': ['1 = TRUE'],
  'the negative of text is unknown': ['-n < 0', '-n IS NOT NULL'],
}

for (const [what, expressions] of Object.entries(matching)) {
  for (const expression of expressions) {
    test(`${what}: ${expression}`, (t) => t.true(selects(expression)))
  }
}

for (const [what, expressions] of Object.entries(notMatching)) {
  for (const expression of expressions) {
    test(`${what}: not ${expression}`, (t) => t.false(selects(expression)))
  }
}

// Source: FilterAPI.buildSubscriptionData.

import test from 'ava'
import { compileFilter } from '../../../src/filter/filter.ts'
import { parseTagExpression } from '../../../src/filter/tags.ts'
import { tagsCodeOf } from '../../../src/message/tags.ts'

const tagged = (tag?: string) => (name: string) => (name === 'TAGS' ? tag : undefined)

for (const expression of [undefined, '', '*']) {
  test(`${String(expression)} matches every message, with a tag or without`, (t) => {
    const filter = compileFilter('TAG', expression)
    t.true(filter.matchesAll)
    t.true(filter.matchesTagsCode(0))
    t.true(filter.matches(tagged()))
  })
}

test('tags are separated by two bars, with any space around them', (t) => {
  const { tags } = parseTagExpression('  TagA||TagB ||  标签 || ')
  t.deepEqual([...(tags ?? [])], ['TagA', 'TagB', '标签'])
})

test('the hash of a tag is that of a Java string', (t) => {
  t.is(tagsCodeOf('TagA'), 2598919)
  t.is(tagsCodeOf('GoldenDelay'), -158189094)
  t.is(tagsCodeOf(''), 0)
})

test('a message without a tag matches no tag', (t) => {
  const filter = compileFilter(undefined, 'a || b')
  t.false(filter.matchesTagsCode(0))
  t.false(filter.matches(tagged()))
})

test('two tags with one hash are told apart by the tag', (t) => {
  const filter = compileFilter('TAG', 'Aa')
  t.is(tagsCodeOf('Aa'), tagsCodeOf('BB'))
  t.true(filter.matchesTagsCode(tagsCodeOf('BB')))
  t.false(filter.matches(tagged('BB')))
  t.true(filter.matches(tagged('Aa')))
})

for (const [reason, type, expression] of [
  ['names no tag', 'TAG', ' || '],
  ['is of an unknown type', 'XPATH', 'a'],
  ['is too long', 'TAG', 'x'.repeat(20_000)],
  ['names too many tags', 'TAG', Array.from({ length: 1025 }, (_, i) => i).join('||')],
] as const) {
  test(`an expression is refused that ${reason}`, (t) => {
    const error = t.throws(() => compileFilter(type, expression))
    t.like(error, { name: 'MqError', failure: 'illegal-filter-expression' })
  })
}

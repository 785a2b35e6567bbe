// Source: java.util.Properties; body of 319 in the golden traffic

import test from 'ava'
import { parseProperties, printProperties } from '../../../src/base/java-properties.ts'

test('properties files are read as Java reads them', (t) => {
  const source = '! c\na=1\nb : two words \nc three\nlong=one,\\\n   two\nempty=\n'
  t.deepEqual(
    [...parseProperties(source)],
    [
      ['a', '1'],
      ['b', 'two words'],
      ['c', 'three'],
      ['long', 'one,two'],
      ['empty', ''],
    ],
  )
})

test('properties are printed one a line, sorted by key', (t) => {
  const text = printProperties([
    ['b', '2'],
    ['a', ''],
  ])
  t.is(text, 'a=\nb=2\n')
})

// Every header of the table reads any fields or refuses them with an MqError, and reads what it
// printed.

import test from 'ava'
import fc from 'fast-check'
import { MqError } from '../../src/base/errors.ts'
import type { RequestSpec } from '../../src/protocol/request.ts'
import { requests } from '../../src/protocol/requests/index.ts'

const specs = [...requests.values()]

/** Values that pass some field or are near to it. */
const values = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.integer().map(String),
  fc.constantFrom('', ' ', 'true', 'FALSE', '1e3', '0x10', 'NaN', '-0', '9223372036854775807'),
)

const wireNames = (spec: RequestSpec): string[] =>
  Object.entries(spec.header).map(([key, field]) => field.wire ?? key)

test('any fields are a header or a refusal that names the field', (t) => {
  const given = fc.nat({ max: specs.length - 1 }).chain((index) => {
    const spec = specs[index] as RequestSpec
    const names = wireNames(spec).map((name) => [name, values] as const)
    return fc.tuple(fc.constant(spec), fc.record(Object.fromEntries(names), { requiredKeys: [] }))
  })
  let read = 0
  fc.assert(
    fc.property(given, ([spec, fields]) => {
      try {
        const header = spec.parseHeader(fields as Record<string, string>)
        read += 1
        t.deepEqual(spec.parseHeader(spec.printHeader(header)), header)
      } catch (error) {
        if (!(error instanceof MqError)) throw error
        t.true(wireNames(spec).includes(String(error.detail['field'])))
      }
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 2000 },
  )
  t.true(read > 100, `${read} headers were read`)
})

import test from 'ava'
import { parseAddress, printAddress } from '../../../src/base/address.ts'
import { MqError } from '../../../src/base/errors.ts'

test('an address is its host and port, with IPv6 in either form', (t) => {
  t.deepEqual(parseAddress('broker-a:10911'), { host: 'broker-a', port: 10911 })
  t.deepEqual(parseAddress('[::1]:80'), { host: '::1', port: 80 })
  t.deepEqual(parseAddress('::1:80'), { host: '::1', port: 80 })
  t.is(printAddress({ host: '::1', port: 80 }), '::1:80')
})

for (const text of ['', 'host', ':80', 'host:', 'host:x', 'host:65536', 'host:-1']) {
  test(`"${text}" is no address`, (t) => {
    t.throws(() => parseAddress(text), { instanceOf: MqError })
  })
}

import test from 'ava'
import { checkRange, isWithin } from '../../../src/access/source-ip.ts'

const within: [ip: string, range: string, is: boolean][] = [
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '10.1.2.2/31', true],
  ['10.1.2.4', '10.1.2.2/31', false],
  ['1.2.3.4', '0.0.0.0/0', true],
  ['192.168.7.9', '192.168.*', true],
  ['192.169.7.9', '192.168.*.*', false],
  ['1.2.3.4', '*', true],
  ['::ffff:10.1.2.3', '10.0.0.0/8', true],
  ['2001:db8::1', '2001:db8::/32', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['::1', '::1', true],
  ['0:0:0:0:0:0:0:1', '::1', true],
  ['::1', '0.0.0.0/0', false],
  ['10.1.2.3', '::/0', false],
  ['', '0.0.0.0/0', false],
  ['not an address', '0.0.0.0/0', false],
]

for (const [ip, range, is] of within) {
  test(`${ip || 'nothing'} is ${is ? '' : 'not '}within ${range}`, (t) => {
    t.notThrows(() => checkRange(range))
    t.is(isWithin(ip, [range]), is)
    t.is(isWithin(ip, ['203.0.113.9', range]), is)
  })
}

for (const wrong of ['', '10.1.2', '10.1.2.256', '10.1.2.3/33', '10.1.2.3/', '10.0.0.0/8/8']) {
  test(`'${wrong}' is no range`, (t) => {
    t.throws(() => checkRange(wrong), { message: /not an IP address/ })
    t.false(isWithin('10.1.2.3', [wrong]))
  })
}

for (const wrong of ['1::2::3', '12345::', '1:2:3:4:5:6:7', '::/129', 'g::', '10.*.1.2', 'x']) {
  test(`'${wrong}' is no range either`, (t) => {
    t.throws(() => checkRange(wrong), { message: /not an IP address/ })
  })
}

// Source: the PROXY protocol, versions 1 and 2 (haproxy), sections 2.1 and 2.2.

import test from 'ava'
import { proxyHeaderOf } from '../../../src/protocol/proxy-protocol.ts'

const signature = '\r\n\r\n\0\r\nQUIT\n'

function binary(command: number, family: number, more: Buffer): Buffer {
  const fixed = Buffer.alloc(16)
  fixed.write(signature, 'latin1')
  fixed.writeUInt8(command, 12)
  fixed.writeUInt8(family, 13)
  fixed.writeUInt16BE(more.length, 14)
  return Buffer.concat([fixed, more])
}

const v4 = Buffer.from('0a010203c0a80001d43127d8', 'hex')
const v6 = Buffer.from(`20010db8${'00'.repeat(11)}01${'00'.repeat(16)}d43127d8`, 'hex')

const headers: Record<string, { bytes: Buffer; host?: string; port?: number }> = {
  'a line of TCP4': {
    bytes: Buffer.from('PROXY TCP4 10.1.2.3 192.168.0.1 54321 10200\r\n'),
    host: '10.1.2.3',
    port: 54321,
  },
  'a line of TCP6': {
    bytes: Buffer.from('PROXY TCP6 2001:db8::1 ::1 54321 10200\r\n'),
    host: '2001:db8::1',
    port: 54321,
  },
  'a line of a balancer itself': { bytes: Buffer.from('PROXY UNKNOWN\r\n') },
  'a line of an unknown family': { bytes: Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n') },
  'binary IPv4': { bytes: binary(0x21, 0x11, v4), host: '10.1.2.3', port: 54321 },
  'binary IPv4 with more behind': {
    bytes: binary(
      0x21,
      0x11,
      Buffer.concat([v4, Buffer.from('0400037879 7a'.replace(' ', ''), 'hex')]),
    ),
    host: '10.1.2.3',
    port: 54321,
  },
  'binary IPv6': { bytes: binary(0x21, 0x21, v6), host: '2001:db8:0:0:0:0:0:1', port: 54321 },
  'binary of a balancer itself': { bytes: binary(0x20, 0x00, Buffer.alloc(0)) },
  'binary of a unix socket': { bytes: binary(0x21, 0x31, Buffer.alloc(216)) },
}

for (const [what, { bytes, host, port }] of Object.entries(headers)) {
  test(`${what} is read, whatever follows and wherever it is cut`, (t) => {
    const source = host === undefined ? undefined : { host, port }
    t.deepEqual(proxyHeaderOf(bytes), { size: bytes.length, source } as never)
    const followed = Buffer.concat([bytes, Buffer.from('rest')])
    t.deepEqual(proxyHeaderOf(followed), { size: bytes.length, source } as never)
    for (let size = 0; size < bytes.length; size++) {
      t.is(proxyHeaderOf(bytes.subarray(0, size)), 'more', `${size} bytes`)
    }
  })
}

for (const bytes of [Buffer.from([0, 0, 0, 25]), Buffer.from([0x16, 3, 1]), Buffer.from('PROXX')]) {
  test(`${bytes.toString('hex')} is no header`, (t) => {
    t.is(proxyHeaderOf(bytes), undefined)
  })
}

const wrong: Record<string, Buffer> = {
  'no end': Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`),
  'another family': Buffer.from('PROXY UDP4 10.1.2.3 10.1.2.4 1 2\r\n'),
  'no address': Buffer.from('PROXY TCP4 example.com 10.1.2.4 1 2\r\n'),
  'no port': Buffer.from('PROXY TCP4 10.1.2.3 10.1.2.4 x 2\r\n'),
  'a port out of range': Buffer.from('PROXY TCP4 10.1.2.3 10.1.2.4 65536 2\r\n'),
  'more fields': Buffer.from('PROXY TCP4 10.1.2.3 10.1.2.4 1 2 3\r\n'),
  'another version': binary(0x11, 0x11, v4),
  'another command': binary(0x22, 0x11, v4),
  'a cut address': binary(0x21, 0x11, v4.subarray(0, 11)),
  'a cut IPv6 address': binary(0x21, 0x21, v6.subarray(0, 35)),
  'a header of 64 KiB': binary(0x21, 0x11, Buffer.alloc(65_535)),
}
for (const [what, bytes] of Object.entries(wrong)) {
  test(`a header with ${what} is refused`, (t) => {
    t.throws(() => proxyHeaderOf(bytes), { message: /PROXY header/ })
  })
}

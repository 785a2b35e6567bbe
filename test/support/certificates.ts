// Certificates for tests, made on the spot: an authority and what it signs, as PEM.
// Source: RFC 5280, section 4.1.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Certificate = { readonly cert: string; readonly key: string }

type Issuer = Certificate & { readonly name: string; readonly secret: KeyObject }

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 128
      ? Buffer.of(length)
      : length < 256
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 0xff)
  return Buffer.concat([Buffer.of(tag), size, content])
}
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
const set = (...parts: Uint8Array[]) => der(0x31, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const integer = (bytes: Uint8Array) => der(0x02, bytes)
const utf8 = (text: string) => der(0x0c, Buffer.from(text))
const octets = (bytes: Uint8Array) => der(0x04, bytes)
const time = (text: string) => der(0x18, Buffer.from(text))
const explicit = (n: number, bytes: Uint8Array) => der(0xa0 + n, bytes)
const nameOf = (common: string) => sequence(set(sequence(oid('550403'), utf8(common))))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const isTrue = der(0x01, Buffer.of(0xff))

const extension = (id: string, value: Uint8Array, isCritical = false) =>
  sequence(oid(id), ...(isCritical ? [isTrue] : []), octets(value))
const isAuthority = extension('551d13', sequence(isTrue), true)
/** Of localhost and 127.0.0.1. */
const loopbackNames = extension(
  '551d11',
  sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1))),
)

const pem = (bytes: Uint8Array, label: string): string => {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function issued(common: string, issuer: Issuer | undefined, extensions: Uint8Array): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const content = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer?.name ?? common),
    sequence(time('20200101000000Z'), time('20991231235959Z')),
    nameOf(common),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(extensions)),
  )
  const signature = sign('sha256', content, issuer?.secret ?? privateKey)
  const whole = sequence(content, ecdsaWithSha256, der(0x03, Buffer.of(0), signature))
  return {
    name: common,
    secret: privateKey,
    cert: pem(whole, 'CERTIFICATE'),
    key: `${privateKey.export({ type: 'pkcs8', format: 'pem' })}`,
  }
}

/** An authority, and certificates for names that it signs. */
export function authority(common = 'tests') {
  const own = issued(common, undefined, isAuthority)
  return {
    cert: own.cert,
    issue: (name: string): Certificate => issued(name, own, loopbackNames),
  }
}

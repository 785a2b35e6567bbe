// The settings of a remoting port and of the calls that its program makes: TLS, and balancers
// that speak for clients. Keys are Java's without the dots (`tls.server.certPath` in a
// properties file is `tlsServerCertPath`).
//
// Source: TlsSystemConfig; defaults are those of 5.5.0 unless said.

import * as z from 'zod'
import { checkRange, isWithin } from '../access/source-ip.ts'
import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Files } from '../base/files.ts'
import type { Log } from '../base/log.ts'
import type { TlsClient } from '../base/network.ts'
import { flag, text } from '../base/setting.ts'
import { Certificates } from '../remoting/certificates.ts'
import type { OpeningOptions } from '../remoting/opening.ts'

export const listenerSettings = {
  tlsServerMode: z
    .enum(['disabled', 'permissive', 'enforcing'])
    .default('permissive')
    .describe('Whether TLS may be spoken, or has to be. It needs a certificate.'),
  tlsServerCertPath: text('', 'Its certificate with those above it, PEM. Read again when changed.'),
  tlsServerKeyPath: text('', 'The key of the certificate, PEM.'),
  tlsServerKeyPassword: text('', 'The password of the key.'),
  tlsServerTrustCertPath: text('', 'Whose client certificates are believed, PEM.'),
  tlsServerNeedClientAuth: z
    .enum(['none', 'optional', 'require'])
    .default('none')
    .describe('Whether clients have to show a certificate.'),
  proxyProtocolPeers: text(
    '',
    'Addresses and ranges of balancers, joined by commas, whose PROXY header is believed. Ours: Java believes everybody.',
  ),
  tlsEnable: flag(false, 'It calls brokers and name servers by TLS.'),
  tlsClientTrustCertPath: text(
    '',
    'Whose certificates it then believes, PEM; else the usual ones.',
  ),
  tlsClientAuthServer: flag(true, 'It looks at their certificates. Java: false.'),
}

type ListenerSettings = z.output<z.ZodObject<typeof listenerSettings>>
type Host = { readonly files: Files; readonly clock: Clock; readonly log: Log }

/** How connections to the port open. Throws `invalid-argument` where it cannot be so. */
export function openingOf(
  settings: ListenerSettings,
  host: Host,
): Pick<OpeningOptions, 'tls' | 'isProxy'> {
  const peers = settings.proxyProtocolPeers
    .split(',')
    .map((peer) => peer.trim())
    .filter((peer) => peer !== '')
  for (const peer of peers) checkRange(peer)
  return {
    tls: tlsOf(settings, host),
    ...(peers.length > 0 && { isProxy: (address: string) => isWithin(address, peers) }),
  }
}

function tlsOf(settings: ListenerSettings, host: Host): OpeningOptions['tls'] {
  const { tlsServerMode: mode, tlsServerCertPath: certPath } = settings
  if (mode === 'disabled') return undefined
  if (certPath === '') {
    if (mode === 'permissive') return undefined
    throw new MqError('invalid-argument', 'TLS is enforced and there is no tlsServerCertPath')
  }
  const certificates = new Certificates(
    {
      certPath,
      keyPath: settings.tlsServerKeyPath,
      keyPassword: settings.tlsServerKeyPassword,
      trustCertPath: settings.tlsServerTrustCertPath,
      clients: settings.tlsServerNeedClientAuth,
    },
    host,
  )
  return { allowsPlaintext: mode === 'permissive', current: () => certificates.current() }
}

/** How the program calls others; undefined: in plaintext. */
export function callingTls(settings: ListenerSettings, files: Files): TlsClient | undefined {
  if (!settings.tlsEnable) return undefined
  const path = settings.tlsClientTrustCertPath
  const bytes = path === '' ? undefined : files.readWhole(path)
  if (path !== '' && !bytes)
    throw new MqError('invalid-argument', 'there is no such file', { path })
  return {
    verify: settings.tlsClientAuthServer,
    ...(bytes && { ca: Buffer.from(bytes).toString('utf8') }),
  }
}

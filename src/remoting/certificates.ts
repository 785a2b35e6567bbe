// The certificate of a listener, read again when its files change: a renewed one is used by the
// next handshake. While the files do not fit each other the one before stays in use.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Files } from '../base/files.ts'
import type { Log } from '../base/log.ts'
import type { TlsServer } from '../base/network.ts'

export type CertificateFiles = {
  readonly certPath: string
  readonly keyPath: string
  readonly keyPassword: string
  /** Of those whose clients are believed; empty: no client is asked who it is. */
  readonly trustCertPath: string
  readonly clients: 'none' | 'optional' | 'require'
}

type Host = { readonly files: Files; readonly clock: Clock; readonly log: Log }

/** The files are looked at no more often. */
const lookMs = 1000

export class Certificates {
  readonly #paths: CertificateFiles
  readonly #host: Host
  #current: TlsServer
  #version: string
  #lookedAt: number

  /** Throws `invalid-argument` when they cannot be used. */
  constructor(paths: CertificateFiles, host: Host) {
    this.#paths = paths
    this.#host = host
    this.#version = this.#versionNow()
    this.#lookedAt = host.clock.monotonic()
    this.#current = this.#read()
  }

  current(): TlsServer {
    const { clock, log } = this.#host
    if (clock.monotonic() - this.#lookedAt < lookMs) return this.#current
    this.#lookedAt = clock.monotonic()
    try {
      const version = this.#versionNow()
      if (version === this.#version) return this.#current
      this.#current = this.#read()
      this.#version = version
      log.info('certificate-reloaded', { certPath: this.#paths.certPath })
    } catch (error) {
      const reason = error instanceof Error ? error.message : error
      log.warn('certificate-not-reloaded', { certPath: this.#paths.certPath, reason })
    }
    return this.#current
  }

  #versionNow(): string {
    const { certPath, keyPath, trustCertPath } = this.#paths
    return [certPath, keyPath, trustCertPath]
      .filter((path) => path !== '')
      .map((path) => this.#host.files.modifiedAt(path))
      .join(' ')
  }

  #read(): TlsServer {
    const { certPath, keyPath, keyPassword, trustCertPath, clients } = this.#paths
    const cert = this.#text(certPath)
    const key = this.#text(keyPath)
    const passphrase = keyPassword === '' ? undefined : keyPassword
    const secret = createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) })
    if (!new X509Certificate(cert).checkPrivateKey(secret)) {
      throw new MqError('invalid-argument', 'certificate and key do not fit', { certPath, keyPath })
    }
    if (clients !== 'none' && trustCertPath === '') {
      throw new MqError(
        'invalid-argument',
        'clients are asked for certificates and none is trusted',
      )
    }
    const clientCa = trustCertPath === '' ? undefined : this.#text(trustCertPath)
    return { cert, key, passphrase, clientCa, clients }
  }

  #text(path: string): string {
    const bytes = this.#host.files.readWhole(path)
    if (!bytes) throw new MqError('invalid-argument', 'there is no such file', { path })
    return Buffer.from(bytes).toString('utf8')
  }
}

// A certificate in two files, looked at every minute. A pair that does not belong together, as
// while it is being replaced, is passed over; the last good one stays.

import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Certificate, CertificateSource } from '../base/certificate.ts'
import type { Clock } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'

const everyMs = 60_000

export class CertificateFiles implements CertificateSource, Service {
  readonly name = 'certificate-files'
  readonly #files: { readonly certFile: string; readonly keyFile: string }
  readonly #log: Log
  readonly #listeners = new Set<(next: Certificate) => void>()
  readonly #timer: { cancel(): void }
  #current: Certificate

  /** Throws `invalid-argument` when the files are no certificate and its key. */
  constructor(files: { certFile: string; keyFile: string }, clock: Clock, log: Log) {
    this.#files = files
    this.#log = log
    const first = this.#read()
    if (first instanceof Error) {
      throw new MqError('invalid-argument', 'the certificate cannot be used', files, {
        cause: first,
      })
    }
    this.#current = first
    this.#timer = clock.every(everyMs, () => this.look())
  }

  get current(): Certificate {
    return this.#current
  }

  onChange(run: (next: Certificate) => void): () => void {
    this.#listeners.add(run)
    return () => this.#listeners.delete(run)
  }

  start(): void {}

  stop(): void {
    this.#timer.cancel()
  }

  /** Reads the files now. */
  look(): void {
    const next = this.#read()
    if (next instanceof Error) {
      this.#log.warn('certificate-not-read', { ...this.#files, reason: next.message })
      return
    }
    if (next.cert === this.#current.cert && next.key === this.#current.key) return
    this.#current = next
    this.#log.info('certificate-renewed', { certFile: this.#files.certFile })
    for (const run of this.#listeners) run(next)
  }

  #read(): Certificate | Error {
    try {
      const cert = readFileSync(this.#files.certFile, 'utf8')
      const key = readFileSync(this.#files.keyFile, 'utf8')
      createSecureContext({ cert, key })
      return { cert, key }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

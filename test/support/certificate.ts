// A certificate of a test's own, made by openssl.

import { join } from 'node:path'
import { run } from './processes.ts'

/** Writes `cert.pem` and `key.pem` in `folder`, for the host `name`. */
export async function makeCertificate(folder: string, name: string): Promise<void> {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const rest = [...files, '-days', '2', '-subj', `/CN=${name}`]
  const made = await run('openssl', ['req', ...kind, ...rest])
  if (made.code !== 0) throw new Error(made.stderr)
}

// The bill of materials of what runs: `npm sbom` over the lock file, in CycloneDX. npm leaves out,
// with `--omit=dev`, also what is needed both to run and to develop, so it is shown a lock file
// that has nothing for development at all.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Manifest = Record<string, unknown>
type Lock = Manifest & { packages: Record<string, Manifest> }

const home = mkdtempSync(join(tmpdir(), 'rocketway-sbom-'))
try {
  const read = (name: string): unknown => JSON.parse(readFileSync(name, 'utf8'))
  const { devDependencies: _, ...manifest } = read('package.json') as Manifest
  const lock = read('package-lock.json') as Lock
  const packages = Object.fromEntries(
    Object.entries(lock.packages)
      .filter(([, one]) => one['dev'] !== true)
      .map(([path, { devDependencies, ...one }]) => [path, one]),
  )
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(home, 'package-lock.json'), JSON.stringify({ ...lock, packages }))
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx']
  const made = execFileSync('npm', args, { cwd: home, maxBuffer: 64 * 1024 * 1024 })
  writeFileSync('sbom.cdx.json', made)
} finally {
  rmSync(home, { recursive: true, force: true })
}

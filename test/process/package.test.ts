// What the package says it is made of, and what is in it.

import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { run } from '../support/processes.ts'

type Locked = { readonly version: string; readonly integrity?: string; readonly dev?: boolean }
type Component = {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
}

const digestOf = (integrity: string): string =>
  Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')

/** `files` of this tree in a folder of their own, with the bill of materials made there. */
async function copyWithBill(t: ExecutionContext, files: readonly string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-package-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  for (const file of ['package.json', 'package-lock.json', ...files]) {
    cpSync(file, join(home, file), { recursive: true })
  }
  const script = join(process.cwd(), 'dist/scripts/sbom.js')
  const made = await run(process.execPath, [script], { cwd: home, timeoutMs: 60_000 })
  t.is(made.code, 0, made.stderr)
  return home
}

test('S31: the bill of materials has every package that runs, with its digest, and no other', async (t) => {
  const home = await copyWithBill(t, [])
  const sbom = JSON.parse(readFileSync(join(home, 'sbom.cdx.json'), 'utf8')) as {
    bomFormat: string
    metadata: { component: { purl: string } }
    components: readonly Component[]
  }
  const { packages, version } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, Locked>>
    version: string
  }
  t.is(sbom.bomFormat, 'CycloneDX')
  t.is(sbom.metadata.component.purl, `pkg:npm/rocketway@${version}`)
  const locked = Object.entries(packages)
    .filter(([path, one]) => path !== '' && !one.dev)
    .map(([path, one]) => {
      const name = path.replace(/^.*node_modules\//, '')
      return `${name}@${one.version} ${digestOf(one.integrity ?? '')}`
    })
  const listed = sbom.components.map(({ name, version: of, hashes }) => {
    const sha512 = hashes?.find(({ alg }) => alg === 'SHA-512')
    return `${name}@${of} ${sha512?.content}`
  })
  t.true(listed.length > 50)
  t.deepEqual([...new Set(listed)].sort(), [...new Set(locked)].sort())
})

test('S31: the package has its bill of materials, and nothing of tests', async (t) => {
  // Its scripts build, and the tests beside this one run what was built.
  const home = await copyWithBill(t, ['LICENSE', 'NOTICE', 'dist', 'openapi', 'proto'])
  const pack = ['pack', '--ignore-scripts', '--dry-run', '--json']
  const packed = await run('npm', pack, { cwd: home, timeoutMs: 300_000 })
  t.is(packed.code, 0, packed.stderr)
  const json = packed.stdout.slice(packed.stdout.indexOf('[\n'))
  const [{ files = [] } = {}] = JSON.parse(json) as { files?: { path: string }[] }[]
  const paths = files.map(({ path }) => path)
  for (const path of ['sbom.cdx.json', 'dist/bundle/main/rocketway.mjs', 'LICENSE']) {
    t.true(paths.includes(path), path)
  }
  t.deepEqual(
    paths.filter((path) => /(^|\/)(test|bench)\//.test(path)),
    [],
  )
})

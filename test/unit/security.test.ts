// The table of docs/security.md leads to tests, and what of it is in files is as it says.

import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'

const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| S\d\d /.test(line))
  .map((line) => {
    const [, name = '', , tests = ''] = line.split('|').map((one) => one.trim())
    return { name, tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path) }
  })

test('every security test is named, from S01 to S32, and is there', (t) => {
  const names = rows.map(({ name }) => name)
  t.deepEqual(
    names,
    Array.from({ length: 32 }, (_, i) => `S${String(i + 1).padStart(2, '0')}`),
  )
  for (const { name, tests } of rows) {
    t.true(tests.length > 0, name)
    for (const path of tests) t.true(existsSync(path), `${name}: ${path}`)
  }
})

test('S13, S31: packages are pinned by their digests, and none runs anything when it is installed', (t) => {
  type Package = { integrity?: string; link?: boolean; hasInstallScript?: boolean; dev?: boolean }
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, Package>>
  }
  for (const [path, one] of Object.entries(lock.packages)) {
    if (path !== '' && !one.link && !one.dev) t.regex(one.integrity ?? '', /^sha512-/, path)
  }
  // The image and the documents install without scripts; these have some that nothing needs.
  const scripted = Object.entries(lock.packages)
    .filter(([, one]) => one.hasInstallScript && !one.dev)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  t.deepEqual([...new Set(scripted)].sort(), ['koffi', 'protobufjs'])
})

test('S31: the image runs without rights, without install scripts, and asks itself how it is', (t) => {
  const text = readFileSync('Dockerfile', 'utf8')
  t.regex(text, /^USER node$/m)
  t.regex(text, /^HEALTHCHECK .*rocketway.*health/m)
  t.notRegex(text, /:latest/)
  for (const [line] of text.matchAll(/^.*npm (?:ci|prune|install).*$/gm)) {
    t.regex(line, /--ignore-scripts/)
  }
  t.regex(text, /npm run sbom/)
  t.regex(text, /^COPY .*sbom\.cdx\.json/m)
  t.regex(text, /--require-auth/)
  t.notRegex(text, /insecure/)
})

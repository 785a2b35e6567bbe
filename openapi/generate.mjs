// types.ts from gateway.yaml; with --check: fails when types.ts is not what it would be.
// The digest in the first line lets the tests see, without this package, that it is current.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const source = new URL('./gateway.yaml', import.meta.url)
const target = new URL('./types.ts', import.meta.url)
const digest = createHash('sha256').update(readFileSync(source)).digest('hex')
const types = astToString(await openapiTS(source))
const text = `// Made from gateway.yaml (sha256 ${digest}) by \`npm run types\`.\n${types}`

if (!process.argv.includes('--check')) {
  writeFileSync(target, text)
} else if (readFileSync(target, 'utf8') !== text) {
  throw new Error('openapi/types.ts is not current: run npm run types in openapi/')
}

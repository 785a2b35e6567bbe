// What tsc does not copy to dist/: the proto files, the OpenAPI document, generated
// JavaScript and the console. One script, run by `npm run build`.

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { settingsSchema } from '../src/main/settings-schema.ts'
import { type AsyncApi, docsPage, type OpenApi } from './docs-page.ts'

const copied = [
  'proto',
  'openapi/gateway.yaml',
  'openapi/asyncapi.yaml',
  'openapi/ws-v1.schema.json',
  'gateway/grpc/gen',
  'gateway/console',
  'test/golden/data',
]

for (const path of copied) {
  if (existsSync(path)) cpSync(path, `dist/${path}`, { recursive: true })
}

// The contracts are served as JSON; reading YAML at each start would cost a tenth of it.
const contract = (name: string): unknown => parse(readFileSync(`openapi/${name}.yaml`, 'utf8'))
for (const name of ['gateway', 'asyncapi']) {
  writeFileSync(`dist/openapi/${name}.json`, JSON.stringify(contract(name)))
}
const page = docsPage(contract('gateway') as OpenApi, contract('asyncapi') as AsyncApi)
writeFileSync('dist/openapi/docs.html', page)

// For editors: what `rocketway config schema` prints.
writeFileSync('dist/config-v1.schema.json', `${JSON.stringify(settingsSchema(), null, 2)}\n`)

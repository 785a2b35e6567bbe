// What tsc does not copy to dist/: the proto files, the OpenAPI document, generated
// JavaScript and the console. One script, run by `npm run build`.

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'

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
for (const name of ['gateway.yaml', 'asyncapi.yaml']) {
  const contract: unknown = parse(readFileSync(`openapi/${name}`, 'utf8'))
  writeFileSync(`dist/openapi/${name.replace('.yaml', '.json')}`, JSON.stringify(contract))
}

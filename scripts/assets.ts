// What tsc does not copy to dist/: the proto files, the OpenAPI document, generated
// JavaScript and the console. One script, run by `npm run build`.

import { chmodSync, cpSync, existsSync } from 'node:fs'

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

const command = 'dist/src/main/rocketway.js'
if (existsSync(command)) chmodSync(command, 0o755)

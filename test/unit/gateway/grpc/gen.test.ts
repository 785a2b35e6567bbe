import { readFileSync } from 'node:fs'
import test from 'ava'
import { generatedJavaScript } from '../../../../scripts/generate-grpc.ts'

test('the generated code is what the proto files say', async (t) => {
  const committed = readFileSync('gateway/grpc/gen/messaging.js', 'utf8')
  t.true(committed === (await generatedJavaScript()), 'run npm run generate:grpc')
})

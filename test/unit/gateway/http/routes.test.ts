import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import { controlPlane, dataPlane, methodsAt } from '../../../../gateway/http/routes.ts'

type Operation = { operationId: string }
const source = readFileSync('openapi/gateway.yaml')
const document = parse(source.toString()) as { paths: Record<string, Record<string, Operation>> }
// Served without a route: documents, which need no credential.
const documents = ['getOpenApi', 'getAsyncApi', 'getSchema', 'getDocs', 'getProblem']

const declared = Object.entries(document.paths)
  .flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
  )
  .filter((line) => !documents.includes(line.split(' ')[0] ?? ''))

const served = [...dataPlane, ...controlPlane].map(({ id, method, path }) => {
  const template = path.replaceAll('\\:', '\u0000').replaceAll(/:(\w+)/g, '{$1}')
  return `${id} ${method} ${template.replaceAll('\u0000', ':')}`
})

test('what the document declares is served, and what is served is declared', (t) => {
  t.deepEqual(served.toSorted(), declared.toSorted())
})

test('the types are those of the document', (t) => {
  const digest = createHash('sha256').update(source).digest('hex')
  const [first = ''] = readFileSync('openapi/types.ts', 'utf8').split('\n', 1)
  t.true(first.includes(digest), 'openapi/types.ts is not current: run npm run types in openapi/')
})

test('the methods at a path are known, also with verbs', (t) => {
  t.deepEqual(methodsAt('/v1/topics').toSorted(), ['GET', 'POST'])
  t.deepEqual(methodsAt('/v1/topics/orders/messages').toSorted(), ['GET', 'POST'])
  t.deepEqual(methodsAt('/v1/topics/orders/messages:batch'), ['POST'])
  t.deepEqual(methodsAt('/v1/groups/g/messages:ack'), ['POST'])
  t.deepEqual(methodsAt('/v1/groups/g/messages'), [])
})

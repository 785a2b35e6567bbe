import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'yaml'
import { closeCodes } from '../../../gateway/websocket/close-code.ts'
import { formats } from '../../../gateway/websocket/format.ts'
import { parseFrame, readFrame } from '../../../gateway/websocket/frames.ts'
import { packFrame } from '../../support/binary-frames.ts'
import { webSocketSchema, wrongAs } from '../../support/websocket-schema.ts'
import { formatOf } from '../../support/websocket-session.ts'

type Referring = { readonly $ref: string }
type Channel = {
  readonly address: string
  readonly description: string
  readonly messages: Readonly<Record<string, Referring>>
}
type Document = {
  readonly asyncapi: string
  readonly info: { readonly title: string }
  readonly channels: Readonly<Record<'socket' | 'events', Channel>>
  readonly operations: Readonly<
    Record<'client' | 'server' | 'events', { readonly messages: readonly Referring[] }>
  >
  readonly components: {
    readonly messages: Readonly<
      Record<string, { payload: Referring; examples: readonly { payload: object }[] }>
    >
  }
}

const text = readFileSync('openapi/asyncapi.yaml', 'utf8')
const document: Document = parse(text)
const { messages } = document.components
const last = ({ $ref }: Referring): string => $ref.split('/').at(-1) ?? ''
const framesOf = (side: 'clientFrame' | 'serverFrame'): string[] =>
  (webSocketSchema.$defs[side] as { oneOf: Referring[] }).oneOf.map(last).sort()

test('every frame of the schema is a message of the document, on its side', (t) => {
  const { client, server } = document.operations
  t.deepEqual(client.messages.map(last).sort(), framesOf('clientFrame'))
  t.deepEqual(server.messages.map(last).sort(), framesOf('serverFrame'))
  t.deepEqual(
    Object.keys(document.channels.socket.messages).sort(),
    [...framesOf('clientFrame'), ...framesOf('serverFrame')].sort(),
  )
  t.deepEqual(document.operations.events.messages.map(last), ['event'])
  t.deepEqual(Object.keys(document.channels.events.messages), ['event'])
})

for (const [name, { payload, examples }] of Object.entries(messages)) {
  test(`the example of ${name} is what its schema says`, (t) => {
    t.is(payload.$ref, `./ws-v1.schema.json#/$defs/${name}`)
    t.true(examples.length > 0)
    for (const example of examples) t.is(wrongAs(name, example.payload), undefined)
  })
}

for (const { $ref } of document.operations.client.messages) {
  const name = last({ $ref })
  test(`the front reads the example of ${name}`, (t) => {
    for (const { payload } of messages[name]?.examples ?? []) {
      t.notThrows(() => parseFrame(readFrame(JSON.stringify(payload)), 0))
      const { body, ...header } = payload as { readonly body?: unknown }
      const bytes = Buffer.from(body === undefined ? '' : 'x')
      const isFrame = packFrame(header, bytes)
      t.notThrows(() => parseFrame(formatOf('rocketway.v1.bin').read(isFrame, true), 0))
    }
  })
}

test('the document names each subprotocol and every close code', (t) => {
  t.true(document.info.title.length > 0)
  const { socket, events } = document.channels
  t.deepEqual([socket.address, events.address], ['/v1/ws', '/v1/ws'])
  const { description } = socket
  const documented = description + events.description
  for (const { subprotocol } of formats) t.true(documented.includes(subprotocol), subprotocol)
  for (const code of Object.values(closeCodes)) t.true(description.includes(String(code)))
})

test('every reference leads somewhere', (t) => {
  for (const [, name = ''] of text.matchAll(/schema\.json#\/\$defs\/(\w+)/g)) {
    t.true(name in webSocketSchema.$defs, name)
  }
  for (const [, name = ''] of JSON.stringify(webSocketSchema).matchAll(/"#\/\$defs\/(\w+)"/g)) {
    t.true(name in webSocketSchema.$defs, name)
  }
})

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as z from 'zod'
import { shownSetting } from '../../../src/base/setting.ts'
import { loadSettings, printSettings } from '../../../src/main/settings.ts'

const schema = z.strictObject({
  broker: z
    .strictObject({
      listenPort: z.number().default(10911),
      brokerName: z.string().default('broker-a'),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      cors: z.strictObject({ origins: z.array(z.string()).default([]) }).prefault({}),
      admin: z.strictObject({ secret: z.string().optional() }).prefault({}),
    })
    .prefault({}),
})

function fileOf(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'settings-')), name)
  writeFileSync(path, text)
  return path
}

test('an argument wins over the environment, which wins over the file', async (t) => {
  const file = fileOf('rocketway.yaml', 'broker: {listenPort: 1, brokerName: from-file}\n')
  const env = { ROCKETWAY_BROKER__LISTEN_PORT: '2', PATH: '/bin' }
  const settings = await loadSettings(schema, { file, env, flags: { 'broker.listenPort': '3' } })
  t.is(settings.value.broker.listenPort, 3)
  t.is(settings.value.broker.brokerName, 'from-file')
  t.is(settings.origins.get('broker.listenPort'), 'argument')
  t.is(settings.origins.get('broker.brokerName'), 'file')
})

test('a list in the environment is separated by commas', async (t) => {
  const env = { ROCKETWAY_GATEWAY__CORS__ORIGINS: 'https://a, https://b' }
  const { gateway } = (await loadSettings(schema, { env })).value
  t.deepEqual(gateway.cors.origins, ['https://a', 'https://b'])
})

test('an unknown name in the environment or the file is refused with a suggestion', async (t) => {
  await t.throwsAsync(loadSettings(schema, { env: { ROCKETWAY_BROKER__LISTENPORTS: '1' } }), {
    message: 'ROCKETWAY_BROKER__LISTENPORTS: no such setting; did you mean broker.listenPort?',
  })
  const file = fileOf('rocketway.yaml', 'broker: {brokerNam: x}\n')
  await t.throwsAsync(loadSettings(schema, { file, env: {} }), {
    message: 'broker.brokerNam: no such setting; did you mean broker.brokerName?',
  })
})

test('a broker.conf sets broker settings and names what it ignores', async (t) => {
  const file = fileOf('broker.conf', '# mine\nbrokerName = b-7\nlistenPort=12\nfooBar=1\n')
  const settings = await loadSettings(schema, { file, env: {} })
  t.deepEqual(settings.value.broker, { brokerName: 'b-7', listenPort: 12 })
  t.deepEqual(settings.ignored, ['fooBar'])
})

test('the effective settings are printed with their origin and without secrets', async (t) => {
  const settings = await loadSettings(schema, {
    env: { ROCKETWAY_GATEWAY__ADMIN__SECRET: 'hunter2' },
  })
  const printed = printSettings(settings)
  t.true(printed.includes('broker.listenPort: 10911  # default'))
  t.true(printed.includes('gateway.admin.secret: "********"  # environment'))
  t.is(
    shownSetting('gateway.state.redis', 'redis://u:hunter2@h:6379/1'),
    'redis://u:********@h:6379/1',
  )
  t.is(shownSetting('gateway.namesrv', '127.0.0.1:9876'), '127.0.0.1:9876')
})

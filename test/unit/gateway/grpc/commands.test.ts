import test from 'ava'
import { Commands } from '../../../../gateway/grpc/commands.ts'
import { v2 } from '../../../../gateway/grpc/gen/messaging.js'
import { FakeClock } from '../../../support/fake-clock.ts'
import { delivered } from '../../../support/fake-core.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const { Code } = v2

function asking() {
  const clock = new FakeClock()
  const asked: v2.TelemetryCommand[] = []
  const commands = new Commands((frame) => asked.push(v2.TelemetryCommand.decode(frame)), clock)
  const answer = (fields: v2.TelemetryCommand.Fields) =>
    commands.take(v2.TelemetryCommand.decode(v2.TelemetryCommand.encode(fields).finish()))
  return { clock, asked, commands, answer }
}

for (const [code, result] of [
  [Code.OK, 'consumed'],
  [Code.FAILED_TO_CONSUME_MESSAGE, 'failed'],
  [Code.MESSAGE_CORRUPTED, 'corrupted'],
] as const) {
  test(`a message on trial that the client answers with ${code} is ${result}`, async (t) => {
    const { asked, commands, answer } = asking()
    const verified = commands.verify(delivered({ body: Buffer.from('seven') }))
    const { nonce, message } = asked[0]?.verifyMessageCommand ?? {}
    t.is(Buffer.from(message?.body ?? []).toString(), 'seven')
    answer({ status: { code }, verifyMessageResult: { nonce: nonce ?? '' } })
    t.is(await verified, result)
  })
}

test('a client that knows no trials says so, in the form of the Node client too', async (t) => {
  const { asked, commands, answer } = asking()
  const verified = commands.verify(delivered())
  const nonce = asked[0]?.verifyMessageCommand?.nonce ?? ''
  answer({ status: { code: Code.NOT_IMPLEMENTED }, verifyMessageCommand: { nonce } })
  await t.throwsAsync(verified, { message: /50100/ })
})

test('stacks come back with their question, whatever else is answered', async (t) => {
  const { asked, commands, answer } = asking()
  const [first, second] = [commands.stackTrace(), commands.stackTrace()]
  const [one = '', two = ''] = asked.map((ask) => ask.printThreadStackTraceCommand?.nonce ?? '')
  t.not(one, two)
  answer({
    status: { code: Code.OK },
    threadStackTrace: { nonce: 'nobody', threadStackTrace: 'x' },
  })
  answer({ status: { code: Code.OK }, threadStackTrace: { nonce: two, threadStackTrace: 'b' } })
  answer({ status: { code: Code.OK }, threadStackTrace: { nonce: one, threadStackTrace: 'a' } })
  t.deepEqual(await Promise.all([first, second]), ['a', 'b'])
})

test('a client that does not answer, or goes, is not waited for', async (t) => {
  const { clock, commands } = asking()
  const slow = t.throwsAsync(commands.stackTrace(), { message: /does not answer/ })
  await clock.advance(8000)
  await slow
  const gone = t.throwsAsync(commands.stackTrace(), { message: /has gone/ })
  commands.stop()
  await gone
  t.is(clock.pending, 0)
})

test('no more questions wait than a client may have', async (t) => {
  const { commands } = asking()
  const all = Array.from({ length: 16 }, () => t.throwsAsync(commands.stackTrace()))
  await t.throwsAsync(commands.stackTrace(), { message: /too many/ })
  commands.stop()
  await Promise.all(all)
})

test('a consumer is a member of its group while its stream is open, and is asked over it', async (t) => {
  const { client, core } = await grpcFront(t)
  const stream = client.telemetry()
  const said = {
    clientType: v2.ClientType.PUSH_CONSUMER,
    subscription: {
      group: { name: 'billing' },
      subscriptions: [
        { topic: { name: 'orders' }, expression: { type: v2.FilterType.SQL, expression: 'a > 1' } },
      ],
    },
  }
  stream.say(said)
  await stream.next()
  while (core.members.size === 0) await new Promise(setImmediate)
  const { input, asks } = core.members.get('client@1@0@x') ?? {}
  t.deepEqual(input, {
    group: 'billing',
    clientId: 'client@1@0@x',
    version: '5.2.1',
    isPush: true,
    subscriptions: [{ topic: 'orders', filter: { type: 'sql', expression: 'a > 1' } }],
  })

  const asked = stream.next()
  const stacks = asks?.stackTrace()
  const nonce = (await asked).printThreadStackTraceCommand?.nonce ?? ''
  stream.command({
    status: { code: Code.OK },
    threadStackTrace: { nonce, threadStackTrace: 'main' },
  })
  t.is(await stacks, 'main')

  stream.say(said)
  await stream.next()
  t.is(core.inputs('joinGroup').length, 1, 'said again, it is still the same')
  stream.end()
  await stream.ended
  t.is(core.members.size, 0)
})

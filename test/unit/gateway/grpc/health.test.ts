import { type Client, credentials, Client as GrpcClient } from '@grpc/grpc-js'
import test, { type ExecutionContext } from 'ava'
import { healthService } from '../../../../gateway/grpc/health.ts'
import { grpcFront } from '../../../support/grpc-front.ts'

const [serving, notServing, unknown] = [1, 2, 3]

function clientOf(t: ExecutionContext, port: number): Client {
  const client = new GrpcClient(`127.0.0.1:${port}`, credentials.createInsecure())
  t.teardown(() => client.close())
  return client
}

const check = (client: Client, service: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = healthService.Check
    client.makeUnaryRequest(
      path,
      requestSerialize,
      (bytes: Buffer) => responseDeserialize(bytes),
      { service },
      (error, status) => (error ? reject(error) : resolve(status)),
    )
  })

test('a node that serves says so, to anyone', async (t) => {
  const { front } = await grpcFront(t)
  const client = clientOf(t, front.port)
  t.is(await check(client, ''), serving)
  t.is(await check(client, 'apache.rocketmq.v2.MessagingService'), serving)
  t.is(await check(client, 'somebody.Else'), unknown)
})

test('who watches is told when the node stops', async (t) => {
  const { front, stop } = await grpcFront(t)
  const { path, requestSerialize, responseDeserialize } = healthService.Watch
  const stream = clientOf(t, front.port).makeServerStreamRequest(
    path,
    requestSerialize,
    (bytes: Buffer) => responseDeserialize(bytes),
    { service: '' },
  )
  const told: number[] = []
  const ended = new Promise<void>((resolve, reject) => {
    stream.on('data', (status: number) => {
      told.push(status)
      if (told.length === 1) void stop()
    })
    stream.on('error', reject)
    stream.on('end', () => resolve())
  })
  await ended
  t.deepEqual(told, [serving, notServing])
})

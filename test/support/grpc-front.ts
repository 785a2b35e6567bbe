// The gRPC front on a loopback port over the core in memory, and a client for it that is made
// of the same definition and speaks as the official ones do.

import {
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import type { ExecutionContext } from 'ava'
import { noIdentity } from '../../gateway/grpc/credentials.ts'
import type { v2 } from '../../gateway/grpc/gen/messaging.js'
import { createGrpcFront, type GrpcFrontParts } from '../../gateway/grpc/grpc-front.ts'
import { type Method, messagingService } from '../../gateway/grpc/service-definition.ts'
import { silentLog } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeCore } from './fake-core.ts'

type Headers = Readonly<Record<string, string>>
type Asked = { readonly headers?: Headers; readonly deadlineMs?: number }

export async function grpcFront(t: ExecutionContext, given: Partial<GrpcFrontParts> = {}) {
  const clock = new FakeClock()
  const core = new FakeCore(clock)
  const front = createGrpcFront({
    core,
    identity: noIdentity,
    clock,
    log: silentLog,
    metrics: noMetrics,
    ...given,
    config: { port: 0, ...given.config },
  })
  await front.start()
  const client = new GrpcClient(front.port)
  const stop = once(() => front.stop())
  t.teardown(async () => {
    client.close()
    await stop()
  })
  return { clock, core, front, client, stop }
}

function once<Result>(run: () => Result): () => Result {
  let result: { value: Result } | undefined
  return () => {
    result ??= { value: run() }
    return result.value
  }
}

export class GrpcClient {
  readonly #client: Client

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  }

  /** One answer; rejects with a ServiceError when the gRPC status is not OK. */
  unary<Request, RequestFields, Response, ResponseFields>(
    method: Method<Request, RequestFields, Response, ResponseFields>,
    fields: RequestFields,
    asked: Asked = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        (bytes: Buffer) => method.responseDeserialize(bytes),
        fields,
        metadataOf(asked),
        optionsOf(asked),
        (error: ServiceError | null, response?: Response) =>
          response === undefined ? reject(error) : resolve(response),
      )
    })
  }

  /** Sends bytes as they are, for requests that no encoder would make; resolves at the end. */
  raw(path: string, request: Buffer): Promise<Buffer[]> {
    const asIs = (bytes: Buffer): Buffer => bytes
    const stream = this.#client.makeServerStreamRequest(
      path,
      asIs,
      asIs,
      request,
      metadataOf({}),
      {},
    )
    return allOf(stream)
  }

  /** Every frame of a receive, in order, and a way to leave early. */
  receive(fields: v2.ReceiveMessageRequest.Fields, asked: Asked = {}) {
    const method = messagingService.ReceiveMessage
    const stream = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      (bytes: Buffer) => method.responseDeserialize(bytes),
      fields,
      metadataOf(asked),
      optionsOf(asked),
    )
    const frames = allOf(stream)
    return { frames, cancel: () => stream.cancel() }
  }

  telemetry(asked: Asked = {}) {
    const method = messagingService.Telemetry
    const stream = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      (bytes: Buffer) => method.responseDeserialize(bytes),
      metadataOf(asked),
      optionsOf(asked),
    )
    const frames: v2.TelemetryCommand[] = []
    stream.on('data', (frame: v2.TelemetryCommand) => frames.push(frame))
    const ended = new Promise<v2.TelemetryCommand[]>((resolve, reject) => {
      stream.on('error', reject)
      stream.on('end', () => resolve(frames))
    })
    return {
      /** All frames, when the stream has ended. */
      ended,
      say: (settings: v2.Settings.Fields) => stream.write({ settings }),
      command: (command: v2.TelemetryCommand.Fields) => stream.write(command),
      end: () => stream.end(),
      next: () =>
        new Promise<v2.TelemetryCommand>((resolve) => {
          stream.once('data', (frame: v2.TelemetryCommand) => resolve(frame))
        }),
    }
  }

  close(): void {
    this.#client.close()
  }
}

function allOf<Frame>(stream: ClientReadableStream<Frame>): Promise<Frame[]> {
  return new Promise((resolve, reject) => {
    const frames: Frame[] = []
    stream.on('data', (frame: Frame) => frames.push(frame))
    stream.on('error', reject)
    stream.on('end', () => resolve(frames))
  })
}

export function metadataOf({ headers = {} }: Asked): Metadata {
  const metadata = new Metadata()
  const all = { 'x-mq-client-id': 'client@1@0@x', 'x-mq-client-version': '5.2.1', ...headers }
  for (const [name, value] of Object.entries(all)) metadata.set(name, value)
  return metadata
}

const optionsOf = ({ deadlineMs }: Asked) =>
  deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }

// The send that the loads of bench/grpc.ts and bench/proxy.ts repeat, encoded once.

import { messagingService as rpc } from '../gateway/grpc/service-definition.ts'

/** A SendMessage of one message, as an official client fills it in. */
export const sendRequest = (topic: string, bodyBytes: number): Buffer =>
  rpc.SendMessage.requestSerialize({
    messages: [
      {
        topic: { name: topic },
        body: Buffer.alloc(bodyBytes, 'x'),
        userProperties: { shop: 'north', kind: 'bench' },
        systemProperties: {
          messageId: '0102FC0000000104820B160D7A00000000',
          tag: 'paid',
          keys: ['order-7'],
          bornTimestamp: { seconds: 1_700_000_000, nanos: 5_000_000 },
          bodyEncoding: 1,
          messageType: 1,
          bornHost: 'client.example',
        },
      },
    ],
  })

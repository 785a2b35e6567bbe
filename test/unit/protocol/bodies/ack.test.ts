import test from 'ava'
import { batchAck, bitsOfOffsets, offsetsOfBits } from '../../../../src/protocol/bodies/ack.ts'

test('acknowledged offsets are the bits from the start offset on, lowest first', (t) => {
  // java.util.BitSet {0, 3, 9} → bytes 09 02
  t.is(bitsOfOffsets(100, [100, 103, 109]), Buffer.from('0902', 'hex').toString('base64'))
  t.deepEqual(offsetsOfBits(100, 'CQI='), [100, 103, 109])
})

test('no offset is no bit', (t) => {
  t.deepEqual(offsetsOfBits(5, bitsOfOffsets(5, [])), [])
})

test('a batch of acknowledgements has the one-letter names', (t) => {
  const ack = { b: 'CQI=', c: 'g', it: 10_000, pt: 1, q: 0, r: '0', rq: 3, so: 100, t: 'topic' }
  const printed = Buffer.from(batchAck.print({ brokerName: 'b', acks: [ack] })).toString()
  t.is(
    printed,
    '{"acks":[{"b":"CQI=","c":"g","it":10000,"pt":1,"q":0,"r":"0","rq":3,"so":100,"t":"topic"}],"brokerName":"b"}',
  )
  t.deepEqual(batchAck.parse(Buffer.from(printed)).acks, [ack])
})

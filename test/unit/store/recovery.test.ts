// Source: CommitLog.recoverNormally, recoverAbnormally (5.5.0).

import test from 'ava'
import type { CheckpointValues } from '../../../src/store/checkpoint.ts'
import type { ScanResult } from '../../../src/store/log-scan.ts'
import { planRepair, planScan } from '../../../src/store/recovery.ts'

const noCheckpoint: CheckpointValues = {
  physicMsgTimestamp: 0,
  logicsMsgTimestamp: 0,
  indexMsgTimestamp: 0,
  masterFlushedOffset: 0,
  confirmPhyOffset: 0,
  logicsPhysicalOffset: 0,
}

const heads = [
  { base: 1_000, storeTimestamp: 10_000 },
  { base: 2_000, storeTimestamp: 20_000 },
  { base: 3_000, storeTimestamp: 30_000 },
  { base: 4_000, storeTimestamp: undefined },
]

const facts = {
  abort: true,
  checkpoint: noCheckpoint,
  checkpointIsRecord: false,
  queuesDamagedFrom: undefined,
  heads,
}

test('an empty log is not read', (t) => {
  t.deepEqual(planScan({ ...facts, heads: [] }), { position: 0, reason: 'empty-log' })
})

test('reading starts at the record of the checkpoint', (t) => {
  const checkpoint = { ...noCheckpoint, logicsPhysicalOffset: 2_500 }
  const start = planScan({ ...facts, checkpoint, checkpointIsRecord: true })
  t.deepEqual(start, { position: 2_500, reason: 'checkpoint' })
})

test('a checkpoint that points at no record is not believed; its times choose the file', (t) => {
  const times = { logicsMsgTimestamp: 33_500, physicMsgTimestamp: 40_000 }
  const checkpoint = { ...noCheckpoint, ...times, logicsPhysicalOffset: 2_500 }
  t.deepEqual(planScan({ ...facts, checkpoint }), { position: 3_000, reason: 'checkpoint-time' })
  const margin = { ...checkpoint, logicsMsgTimestamp: 32_999 }
  t.is(planScan({ ...facts, checkpoint: margin }).position, 2_000)
})

test('without a checkpoint everything is read', (t) => {
  t.deepEqual(planScan(facts), { position: 1_000, reason: 'first-file' })
})

test('reading starts earlier when queue entries are missing', (t) => {
  const checkpoint = { ...noCheckpoint, logicsPhysicalOffset: 3_500 }
  const believed = { ...facts, checkpoint, checkpointIsRecord: true }
  const start = planScan({ ...believed, queuesDamagedFrom: 2_100 })
  t.deepEqual(start, { position: 2_000, reason: 'queue-damage' })
  t.is(planScan({ ...believed, queuesDamagedFrom: 3_600 }).position, 3_500)
  t.is(planScan({ ...believed, queuesDamagedFrom: 0 }).position, 1_000)
})

const scan: ScanResult = {
  endPosition: 2_300,
  end: 'zeros',
  lastPosition: 2_200,
  lastStoreTimestamp: 1,
  count: 9,
}

test('the file in which the records end is cut there and the files behind it go', (t) => {
  t.deepEqual(planRepair(scan, [1_000, 2_000, 3_000], 1_000), {
    endPosition: 2_300,
    removeFrom: 3_000,
    cut: { base: 2_000, at: 300 },
    isDamaged: false,
  })
})

test('a torn record or a missing file in the middle is damage, the end of the last file is not', (t) => {
  t.true(planRepair({ ...scan, end: 'wrong-checksum' }, [2_000], 1_000).isDamaged)
  const atEnd: ScanResult = { ...scan, end: 'no-file', endPosition: 3_000 }
  t.false(planRepair(atEnd, [1_000, 2_000], 1_000).isDamaged)
  t.true(planRepair(atEnd, [1_000, 2_000, 5_000], 1_000).isDamaged)
})

// Source: ColdDataCgCtrService with coldDataFlowControlEnable=false

import test from 'ava'
import { answerOf, brokerParts } from '../../../support/broker.ts'

test('limits of cold reads are kept, listed and removed', (t) => {
  const { ports } = brokerParts()
  const limits = () => JSON.parse(answerOf(ports, 2003, {}).body.toString()).configTable
  t.is(answerOf(ports, 2001, {}, { body: Buffer.from('g1=100\ng2=200\n') }).code, 0)
  t.deepEqual(limits(), { g1: 100, g2: 200 })
  t.is(answerOf(ports, 2002, {}, { body: Buffer.from('g1') }).code, 0)
  t.deepEqual(limits(), { g2: 200 })
})

test('a limit that is no number changes nothing', (t) => {
  const { ports } = brokerParts()
  t.is(answerOf(ports, 2001, {}, { body: Buffer.from('g1=100\ng2=many\n') }).code, 1)
  t.deepEqual(JSON.parse(answerOf(ports, 2003, {}).body.toString()).configTable, {})
})

test('the read mode is normal or random', (t) => {
  const { ports } = brokerParts()
  for (const [mode, code] of [
    ['0', 0],
    ['1', 0],
    ['7', 29],
  ] as const) {
    t.is(answerOf(ports, 2004, { READ_AHEAD_MODE: mode }).code, code, mode)
  }
  t.is(answerOf(ports, 2004, {}).code, 29)
})

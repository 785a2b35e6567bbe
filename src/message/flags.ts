// The bits of a record's SYSFLAG. Source: MessageSysFlag.

export const sysFlags = {
  compressed: 0x1,
  multiTags: 0x2,
  transactionMask: 0xc,
  transactionPrepared: 0x4,
  transactionCommit: 0x8,
  transactionRollback: 0xc,
  bornHostIsV6: 0x10,
  storeHostIsV6: 0x20,
  needUnwrap: 0x40,
  innerBatch: 0x80,
  compressionMask: 0x700,
  compressionLz4: 0x100,
  compressionZstd: 0x200,
  compressionZlib: 0x300,
} as const

export type Transaction = 'none' | 'prepared' | 'commit' | 'rollback'

const transactions: readonly Transaction[] = ['none', 'prepared', 'commit', 'rollback']

/** What the record is within a transaction. Source: MessageSysFlag.getTransactionValue. */
export function transactionOf(sysFlag: number): Transaction {
  return transactions[(sysFlag & sysFlags.transactionMask) >> 2] ?? 'none'
}

/** `sysFlag` with its transaction bits replaced. Source: MessageSysFlag.resetTransactionValue. */
export function withTransaction(sysFlag: number, transaction: Transaction): number {
  return (sysFlag & ~sysFlags.transactionMask) | (transactions.indexOf(transaction) << 2)
}

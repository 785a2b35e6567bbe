// Queue locks of orderly consumers. Both bodies name the group and its queues (bodies/lock.ts).

import { namesInLock } from '../names-in-body.ts'
import { request } from '../request.ts'

export const lockBatchMq = request({
  code: 41,
  name: 'LOCK_BATCH_MQ',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub', namesIn: namesInLock },
  source: 'LockBatchMqRequestHeader',
  header: {},
})

export const unlockBatchMq = request({
  code: 42,
  name: 'UNLOCK_BATCH_MQ',
  servedBy: 'broker',
  access: { topic: 'Sub', group: 'Sub', namesIn: namesInLock },
  source: 'UnlockBatchMqRequestHeader',
  header: {},
})

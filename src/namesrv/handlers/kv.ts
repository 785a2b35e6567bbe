// The KV configuration. A change is answered when it is on disk.
// Source: DefaultRequestProcessor, KVConfigManager.

import { MqError } from '../../base/errors.ts'
import {
  deleteKvConfig,
  getKvConfig,
  getKvListByNamespace,
  putKvConfig,
} from '../../protocol/requests/kv.ts'
import { handle, json } from '../handler.ts'

export const onPutKvConfig = handle(putKvConfig, async ({ namespace, key, value }, { kv }) => {
  await kv.put(namespace, key, value)
  return {}
})

export const onGetKvConfig = handle(getKvConfig, ({ namespace, key }, { kv }) => {
  const value = kv.get(namespace, key)
  if (value === undefined) {
    throw new MqError('not-found', 'no config item of this namespace and key', { namespace, key })
  }
  return { header: { value } }
})

/** Deleting what is not there succeeds, as in Java. */
export const onDeleteKvConfig = handle(deleteKvConfig, async ({ namespace, key }, { kv }) => {
  await kv.delete(namespace, key)
  return {}
})

export const onGetKvListByNamespace = handle(getKvListByNamespace, ({ namespace }, { kv }) => {
  const entries = kv.list(namespace)
  if (!entries) throw new MqError('not-found', 'no config item of this namespace', { namespace })
  return { body: json({ table: Object.fromEntries(entries) }) }
})

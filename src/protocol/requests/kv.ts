// Texts that a namesrv keeps, by namespace and key. ORDER_TOPIC_CONFIG has the queues of
// ordered topics: `brokerA:4;brokerB:4`.

import { maybe, text } from '../field.ts'
import { request } from '../request.ts'

const entry = { namespace: text, key: text }

export const putKvConfig = request({
  code: 100,
  name: 'PUT_KV_CONFIG',
  servedBy: 'namesrv',
  access: { cluster: 'Update' },
  source: 'PutKVConfigRequestHeader',
  header: { ...entry, value: text },
})

export const getKvConfig = request({
  code: 101,
  name: 'GET_KV_CONFIG',
  servedBy: 'namesrv',
  access: { cluster: 'Get' },
  source: 'GetKVConfigRequestHeader',
  header: entry,
  reply: { value: maybe(text) },
})

export const deleteKvConfig = request({
  code: 102,
  name: 'DELETE_KV_CONFIG',
  servedBy: 'namesrv',
  access: { cluster: 'Update' },
  source: 'DeleteKVConfigRequestHeader',
  header: entry,
})

export const getKvListByNamespace = request({
  code: 219,
  name: 'GET_KVLIST_BY_NAMESPACE',
  servedBy: 'namesrv',
  access: { cluster: 'Get' },
  source: 'GetKVListByNamespaceRequestHeader',
  header: { namespace: text },
})

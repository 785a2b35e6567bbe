// The operations on this gateway's own API keys, for administrators. A key is in one answer, that
// of the call which makes it.

import { checkAdmin } from '../core/names.ts'
import { parseNewKey } from '../identity/access-input.ts'
import { chooseType } from './accept.ts'
import { parseJson } from './body.ts'
import { answerPage, answerTagged, checkUnchanged } from './item-page.ts'
import { readJson } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'

export const listApiKeys: Operation = (exchange, { apiKeys, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  checkAdmin(exchange.identity)
  const found = new Map(apiKeys.list().map((one) => [one.id, one]))
  answerPage(exchange, [...found.keys()], keys, (id) => found.get(id))
}

export const createApiKey: Operation = async (exchange, { apiKeys }) => {
  checkAdmin(exchange.identity)
  const given = parseNewKey(parseJson(await readJson(exchange)))
  const made = apiKeys.add(given)
  exchange.about({ keyId: made.id, subject: given.subject })
  exchange.json(201, { ...apiKeys.find(made.id), ...made }, { Location: `/v1/api-keys/${made.id}` })
}

export const getApiKey: Operation = (exchange, { apiKeys }) => {
  chooseType(exchange.req.headers.accept, [json])
  checkAdmin(exchange.identity)
  answerTagged(exchange, apiKeys.find(exchange.params['keyId'] ?? ''))
}

export const revokeApiKey: Operation = (exchange, { apiKeys }) => {
  checkAdmin(exchange.identity)
  const { keyId = '' } = exchange.params
  checkUnchanged(exchange, apiKeys.find(keyId))
  apiKeys.remove(keyId)
  exchange.empty(204)
}

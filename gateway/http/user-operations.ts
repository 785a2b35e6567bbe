// The operations on users of the cluster behind and on what their policies allow, for
// administrators. Secrets go in and never come out.

import { MqError } from '../../src/base/errors.ts'
import type { PolicyChoice } from '../core/admin-views.ts'
import type { KeyRing } from '../core/key-ring.ts'
import { checkAdmin } from '../core/names.ts'
import {
  checkUsername,
  parseNewUser,
  parsePolicies,
  parseUserChange,
} from '../identity/access-input.ts'
import { chooseType } from './accept.ts'
import { parseJson } from './body.ts'
import type { Exchange } from './exchange.ts'
import { answerPage, answerTagged, checkUnchanged, tagOf } from './item-page.ts'
import { readJson } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'

const nameIn = ({ params }: Exchange): string => checkUsername(params['username'] ?? '')

export const listUsers: Operation = async (exchange, { admin, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  const users = await admin.users(exchange.call())
  answerUsers(exchange, users, keys)
}

export const createUser: Operation = async (exchange, { admin }) => {
  checkAdmin(exchange.identity)
  const { username, ...change } = parseNewUser(parseJson(await readJson(exchange)))
  exchange.about({ username })
  const view = await admin.createUser(username, change, exchange.call())
  exchange.json(201, view, { Location: `/v1/users/${encodeURIComponent(username)}` })
}

export const getUser: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  answerTagged(exchange, await admin.user(nameIn(exchange), exchange.call()))
}

export const changeUser: Operation = async (exchange, { admin }) => {
  checkAdmin(exchange.identity)
  const username = nameIn(exchange)
  const change = parseUserChange(parseJson(await readJson(exchange)))
  checkUnchanged(exchange, await admin.user(username, exchange.call()))
  const view = await admin.changeUser(username, change, exchange.call())
  exchange.json(200, view, { ETag: tagOf(view) })
}

export const deleteUser: Operation = async (exchange, { admin }) => {
  const username = nameIn(exchange)
  checkUnchanged(exchange, await admin.user(username, exchange.call()))
  await admin.deleteUser(username, exchange.call())
  exchange.empty(204)
}

export const listAcls: Operation = async (exchange, { admin, keys }) => {
  chooseType(exchange.req.headers.accept, [json])
  const resource = exchange.query.get('resource') ?? ''
  answerUsers(exchange, await admin.policies(resource, exchange.call()), keys)
}

export const putAcl: Operation = async (exchange, { admin }) => {
  checkAdmin(exchange.identity)
  const { username, policies } = parsePolicies(parseJson(await readJson(exchange)))
  exchange.about({ username })
  exchange.json(200, await admin.putPolicies(username, policies, exchange.call()))
}

export const getAcl: Operation = async (exchange, { admin }) => {
  chooseType(exchange.req.headers.accept, [json])
  answerTagged(exchange, await admin.policiesOf(nameIn(exchange), exchange.call()))
}

export const deleteAcl: Operation = async (exchange, { admin }) => {
  const username = nameIn(exchange)
  const chosen = parseChoice(exchange.query)
  checkUnchanged(exchange, await admin.policiesOf(username, exchange.call()))
  await admin.deletePolicies(username, chosen, exchange.call())
  exchange.empty(204)
}

function parseChoice(query: URLSearchParams): PolicyChoice {
  const policyType = query.get('policyType') ?? undefined
  if (policyType !== undefined && policyType !== 'Custom' && policyType !== 'Default') {
    throw new MqError('invalid-argument', 'must be Custom or Default', { pointer: 'policyType' })
  }
  return { policyType, resource: query.get('resource') ?? undefined }
}

function answerUsers(
  exchange: Exchange,
  views: readonly { readonly username: string }[],
  keys: KeyRing,
): void {
  const found = new Map(views.map((view) => [view.username, view]))
  answerPage(exchange, [...found.keys()], keys, (name) => found.get(name))
}

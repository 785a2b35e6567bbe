// Users and policies of ACL 2.0, kept by the broker. Bodies are UserInfo and AclInfo.

import { maybe, text } from '../field.ts'
import { request } from '../request.ts'

const user = { username: maybe(text) }
const subject = { subject: maybe(text) }
const shared = { servedBy: 'broker', access: { cluster: 'Update' } } as const
const reading = { servedBy: 'broker', access: { cluster: 'Get' } } as const

export const authCreateUser = request({
  ...shared,
  code: 3001,
  name: 'AUTH_CREATE_USER',
  source: 'CreateUserRequestHeader',
  header: user,
})

export const authUpdateUser = request({
  ...shared,
  code: 3002,
  name: 'AUTH_UPDATE_USER',
  source: 'UpdateUserRequestHeader',
  header: user,
})

export const authDeleteUser = request({
  ...shared,
  code: 3003,
  name: 'AUTH_DELETE_USER',
  source: 'DeleteUserRequestHeader',
  header: user,
})

export const authGetUser = request({
  ...reading,
  code: 3004,
  name: 'AUTH_GET_USER',
  source: 'GetUserRequestHeader',
  header: user,
})

export const authListUsers = request({
  ...reading,
  code: 3005,
  name: 'AUTH_LIST_USER',
  source: 'ListUsersRequestHeader',
  header: { filter: maybe(text) },
})

export const authCreateAcl = request({
  ...shared,
  code: 3006,
  name: 'AUTH_CREATE_ACL',
  source: 'CreateAclRequestHeader',
  header: subject,
})

export const authUpdateAcl = request({
  ...shared,
  code: 3007,
  name: 'AUTH_UPDATE_ACL',
  source: 'UpdateAclRequestHeader',
  header: subject,
})

export const authDeleteAcl = request({
  ...shared,
  code: 3008,
  name: 'AUTH_DELETE_ACL',
  source: 'DeleteAclRequestHeader',
  header: { ...subject, policyType: maybe(text), resource: maybe(text) },
})

export const authGetAcl = request({
  ...reading,
  code: 3009,
  name: 'AUTH_GET_ACL',
  source: 'GetAclRequestHeader',
  header: subject,
})

export const authListAcl = request({
  ...reading,
  code: 3010,
  name: 'AUTH_LIST_ACL',
  source: 'ListAclsRequestHeader',
  header: { subjectFilter: maybe(text), resourceFilter: maybe(text) },
})

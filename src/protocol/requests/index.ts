// THE TABLE: every request that is known, by its code. A capability has one file here; its
// handlers have a file of the same name. What is not here is answered "not supported".
//
// Not declared: 301/302 (filter servers, removed by Apache), 513 (static topics), 902/903
// (broker containers), and the codes that Apache reserves without serving them.

import { assert } from '../../base/assert.ts'
import type { RequestSpec } from '../request.ts'
import * as ack from './ack.ts'
import * as admin from './admin.ts'
import * as auth from './auth.ts'
import * as clients from './clients.ts'
import * as controller from './controller.ts'
import * as groups from './groups.ts'
import * as kv from './kv.ts'
import * as locks from './locks.ts'
import * as offsets from './offsets.ts'
import * as pop from './pop.ts'
import * as pull from './pull.ts'
import * as query from './query.ts'
import * as registration from './registration.ts'
import * as replication from './replication.ts'
import * as route from './route.ts'
import * as send from './send.ts'
import * as topics from './topics.ts'
import * as transaction from './transaction.ts'

const capabilities = {
  ack,
  admin,
  auth,
  clients,
  controller,
  groups,
  kv,
  locks,
  offsets,
  pop,
  pull,
  query,
  registration,
  replication,
  route,
  send,
  topics,
  transaction,
}

/** Every request by its code, ascending. Two with one code or one name fail the load. */
export const requests: ReadonlyMap<number, RequestSpec> = collect(
  Object.values(capabilities).flatMap((file): RequestSpec[] => Object.values(file)),
)

function collect(specs: readonly RequestSpec[]): Map<number, RequestSpec> {
  const table = new Map<number, RequestSpec>()
  const names = new Set<string>()
  for (const spec of specs.toSorted((a, b) => a.code - b.code)) {
    assert(!table.has(spec.code), `one request for code ${spec.code}`)
    assert(!names.has(spec.name), `one request named ${spec.name}`)
    table.set(spec.code, spec)
    names.add(spec.name)
  }
  return table
}

/**
 * Fields that any request may carry beside its own: Java's RpcRequestHeader family, the ACL's
 * signature, and marks of a client. They are left unread here.
 */
export const commonFields: ReadonlySet<string> = new Set([
  'ns',
  'nsd',
  'bname',
  'oway',
  'lo',
  'AccessKey',
  'Signature',
  'SecurityToken',
  'ReqT',
  '__ZONE_NAME',
  '__ZONE_MODE',
])

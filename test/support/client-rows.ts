// What the official remoting clients are shown to do, row by row: which suite shows it, and for
// which clients. docs/compatibility.md has the table, held to this one by
// test/unit/documents.test.ts; each suite holds itself to its rows.

import type { ExecutionContext } from 'ava'

const remotingClients = ['java 5.5.0', 'java 4.9.8', 'go 2.1.2'] as const
type RemotingClientName = (typeof remotingClients)[number]

type Suite = 'java-client' | 'java-flows' | 'java-rows' | 'go-client' | 'access'

/** The suite of each client that has the row. */
type Row = Partial<Record<RemotingClientName, Suite>>

const java = (suite: Suite): Row => ({ 'java 5.5.0': suite, 'java 4.9.8': suite })
const all = (suite: Suite): Row => ({ ...java(suite), 'go 2.1.2': 'go-client' })

const clientRows = {
  'sends: waiting, with a callback, one-way': all('java-client'),
  batches: all('java-client'),
  'ordered by key': all('java-client'),
  'delay levels': all('java-flows'),
  'exact times, and recall': { 'java 5.5.0': 'java-rows' },
  'transactions: commit, roll back': all('java-flows'),
  'transactions: check-back': all('java-flows'),
  'request and reply': all('java-rows'),
  'compressed bodies': all('java-rows'),
  'message traces': all('java-rows'),
  'clustering, each message once': all('java-client'),
  broadcasting: all('java-flows'),
  'orderly, with queue locks': all('java-rows'),
  'members come and go': all('java-rows'),
  'tag filter': all('java-client'),
  'SQL92 filter': all('java-rows'),
  'retries with levels': all('java-flows'),
  'dead letters': all('java-flows'),
  'where a new group starts': all('java-rows'),
  'offsets set back, online': all('java-rows'),
  'offsets set back, offline': java('java-rows'),
  pull: all('java-rows'),
  'pull, held': java('java-rows'),
  'lite pull': java('java-rows'),
  pop: { 'java 5.5.0': 'java-rows' },
  'looked up by id, key, unique id': java('java-rows'),
  'signed requests, policies': {
    'java 5.5.0': 'access',
    'java 4.9.8': 'access',
    'go 2.1.2': 'access',
  },
  TLS: { 'java 5.5.0': 'access' },
} as const satisfies Record<string, Row>

export type RowName = keyof typeof clientRows

const rowsOf = (suite: Suite, client: RemotingClientName): readonly string[] =>
  Object.entries<Row>(clientRows)
    .filter(([, row]) => row[client] === suite)
    .map(([name]) => name)

/** The rows that a suite shows for one client: all that it should, and nothing else. */
export class ShownRows {
  readonly #t: ExecutionContext
  readonly #suite: Suite
  readonly #client: RemotingClientName
  readonly #shown = new Set<string>()

  constructor(t: ExecutionContext, suite: Suite, client: RemotingClientName) {
    this.#t = t
    this.#suite = suite
    this.#client = client
  }

  /** `check` asserts that the client did it. */
  row(name: RowName, check: () => void): void {
    check()
    this.#shown.add(name)
  }

  end(): void {
    for (const name of this.#shown) this.#t.log(`${this.#client} | ${name} | yes`)
    this.#t.deepEqual([...this.#shown].sort(), rowsOf(this.#suite, this.#client).toSorted())
  }
}

/** As docs/compatibility.md has it. */
export function printedRows(): string {
  const cells = Object.entries<Row>(clientRows).map(([name, row]) => [
    name,
    ...remotingClients.map((client) => (row[client] ? 'yes' : '–')),
  ])
  const table = [['row', ...remotingClients], ...cells]
  const widths =
    table[0]?.map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0))) ?? []
  const line = (words: readonly string[]) =>
    `| ${words.map((word, at) => word.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const [head = [], ...rest] = table
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n')
}

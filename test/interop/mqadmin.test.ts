// Apache's own command line tool against our namesrv and broker and against Apache's, with the
// same content: both must print the same, but for times, addresses, ids and the words of errors.
//
// Not run: what needs a controller, a container, credentials or RocksDB; what never ends
// (clusterRT, startMonitoring).

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { startApacheBroker, startApacheNamesrv } from '../support/apache.ts'
import { type Mqadmin, startMqadmin } from '../support/mqadmin.ts'
import { both, startRocketway } from '../support/processes.ts'

type Cluster = {
  readonly home: string
  readonly namesrv: string
  readonly broker: string
  readonly isOurs: boolean
}

/** What a command printed, by the command; `$…` stand for what differs by cluster. */
type Printed = ReadonlyMap<string, string>

const cluster = '-c DefaultCluster'

/** Some content: topics, groups, eight messages and a consumer that has read them. */
const content = [
  `updateTopic ${cluster} -t T1 -r 4 -w 4`,
  'updateTopic -b $broker -t Fifo -r 2 -w 2 -a +message.type=FIFO',
  `updateTopic ${cluster} -t Order -r 2 -w 2 -o true`,
  `updateTopicList ${cluster} -f $home/topics.json`,
  `updateTopicPerm ${cluster} -t L1 -p 4`,
  'updateOrderConf -t T1 -m put -v broker-a:4',
  'updateOrderConf -t T1 -m get',
  'updateOrderConf -t T1 -m delete',
  `updateSubGroup ${cluster} -g G1 -s true -m true -d true`,
  `updateSubGroup ${cluster} -g G9`,
  `updateSubGroupList ${cluster} -f $home/groups.json`,
  `setConsumeMode ${cluster} -t T1 -g G9 -m POP -q 8`,
  '@produce P1',
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `@send T1 broker-a ${i % 4} tag${i % 2} key${i} ${i}`),
  '@consume T1 G1 8',
]

/** What both print alike. */
const alike = [
  'clusterList -m',
  'topicRoute -t T1',
  'topicRoute -t T1 -l',
  'topicRoute -t none',
  'topicStatus -t T1',
  'topicStatus -t none',
  'topicClusterList -t T1',
  'allocateMQ -t T1 -i 10.0.0.1,10.0.0.2',
  'getConsumerConfig -g G1',
  'getConsumerConfig -g LG2',
  'consumerProgress',
  'consumerConnection -g G1',
  'consumerConnection -g none',
  'producerConnection -g P1 -t T1',
  'brokerConsumeStats -b $broker -l 0',
  'updateBrokerConfig -b $broker -k longPollingEnable -v true',
  `updateBrokerConfig ${cluster} -k autoCreateTopicEnable -v true`,
  'cleanUnusedTopic -b $broker',
  'cleanExpiredCQ -b $broker',
  'deleteExpiredCommitLog -b $broker',
  'queryMsgById -t T1 -i $place3',
  'queryMsgById -t T1 -i $place3 -g G1 -d $client',
  'queryMsgByKey -t T1 -k key3',
  'queryMsgByKey -t T1 -k none',
  'queryMsgByUniqueKey -t T1 -i $id3',
  'queryMsgByUniqueKey -t T1 -i $id3 -g G1 -d $client',
  'queryMsgByOffset -t T1 -b broker-a -i 1 -o 0',
  'queryMsgTraceById -i $id3',
  'printMsgByQueue -t T1 -a broker-a -i 1 -p true -d true -f true',
  'consumeMessage -t T1 -b broker-a -i 1 -o 0 -c 2',
  'sendMessage -t T1 -p hello -k sk -c st -b broker-a -i 0',
  'queryCq -t T1 -q 1 -i 0 -c 3',
  'queryCq -t T1 -q 1 -i 0 -c 3 -g G1',
  'queryCq -t T1 -q 9 -i 0 -c 3',
  'resetOffsetByTime -g LG1 -t T1 -s 0',
  'resetOffsetByTime -g none -t T1 -s 0',
  'resetOffsetByTime -g LG1 -t none -s 0',
  'resetOffsetByTime -g G1 -t T1 -s now',
  'resetOffsetByTime -g LG1 -t T1 -s 0 -b $broker -q 1 -o 1',
  'resetOffsetByTime -g LG1 -t T1 -s 0 -b $broker -q 1 -o 100',
  'brokerConsumeStats -b $broker -l 0',
  'skipAccumulatedMessage -g LG1 -t T1',
  'brokerConsumeStats -b $broker -l 0',
  'cloneGroupOffset -s LG1 -d G9 -t T1 -o true',
  'cloneGroupOffset -s G1 -d G9 -t T1 -o true',
  'brokerConsumeStats -b $broker -l 0',
  'wipeWritePerm -b broker-a',
  'topicRoute -t T1',
  'addWritePerm -b broker-a',
  'topicRoute -t T1',
  'updateKvConfig -s NS -k k -v v',
  'deleteKvConfig -s NS -k k',
  'updateNamesrvConfig -k orderMessageEnable -v true',
  'updateNamesrvConfig -k kvConfigPath -v /etc/x',
  'updateNamesrvConfig -k configStorePath -v /etc/x',
  'getColdDataFlowCtrInfo -b $broker',
  'updateColdDataFlowCtrGroupConfig -b $broker -g G1 -v 100',
  'getColdDataFlowCtrInfo -b $broker',
  'removeColdDataFlowCtrGroupConfig -b $broker -g G1',
  'getColdDataFlowCtrInfo -b $broker',
  'setCommitLogReadAheadMode -b $broker -m 0',
  'setCommitLogReadAheadMode -b $broker -m 7',
  'haStatus -b $broker',
  `haStatus ${cluster}`,
  `exportMetadata ${cluster} -f $home/export`,
  `exportMetadata ${cluster} -f $home/export -t`,
  'exportMetadata -b $broker -f $home/export -g',
  `exportConfigs ${cluster} -f $home/export`,
  `exportMetrics ${cluster} -f $home/export`,
  `deleteSubGroup ${cluster} -g G9 -r true`,
  'getConsumerConfig -g G9',
  `deleteTopic ${cluster} -t L2`,
  'topicStatus -t L2',
  'topicRoute -t L2',
]

/** Alike but for their order, or for figures that are measured. */
const alikeButFor: Readonly<Record<string, (text: string) => string>> = {
  clusterList: (text) => withoutNumbers(text),
  // The client tells its offsets every 5 s: the figures of `-g G1`, which comes later, are compared.
  consumerProgress: (text) => withoutNumbers(text),
  topicList: (text) => sorted(text),
  'topicList -c': (text) => sorted(withoutOwn(text)),
  'producer -b $broker': (text) => sorted(text),
  'brokerConsumeStats -b $broker -l 0': (text) => sorted(withoutOwn(without(text, '%RETRY%G1'))),
  'consumerProgress -g G1 -t T1 -s true': (text) => withoutRates(text),
  'consumerStatus -g G1': (text) => withoutRates(text),
  // An empty queue has offset 0 for a new group here, which its client then commits.
  'consumerProgress -g G1': (text) => withoutRates(without(text, '%RETRY%G1')),
  statsAll: (text) => sorted(withoutRates(withoutOwn(text))),
  'statsAll -t T1': (text) => withoutRates(text),
  'printMsg -t T1 -d true': (text) => sorted(text),
  'sendMsgStatus -b broker-a -c 2 -s 100': (text) => text.replaceAll(/rt=\d+/g, 'rt='),
  'checkMsgSendRT -t T1 -a 3 -s 100': (text) => text.replaceAll(/\d+(\.\d+)?$/gm, ''),
}

/** Read apart. */
const shown = ['brokerStatus -b $broker', 'getBrokerConfig -b $broker', 'getNamesrvConfig']

/** What ours refuses, with the code that says why; Apache renames itself and goes on. */
const refused: Readonly<Record<string, number>> = {
  'updateBrokerConfig -b $broker -k brokerName -v x': 16,
  'updateBrokerConfig -b $broker -k storePathRootDir -v /etc': 16,
}

test.serial('mqadmin prints for our cluster what it prints for Apache', async (t) => {
  const [theirs, ours] = await both(runAll(t, startApache), runAll(t, startOurs))
  t.deepEqual(comparable(ours), comparable(theirs))
  for (const [command, code] of Object.entries(refused)) {
    t.regex(ours.get(command) ?? '', new RegExp(`CODE: ${code} `), command)
  }
  checkStatus(t, ours, theirs)
  checkConfigs(t, ours, theirs)
  const exported = 'exportMetadata -b $broker -f $home/export -g $file'
  const groupsOf = (printed: Printed) =>
    JSON.parse(printed.get(exported) ?? '').subscriptionGroupTable
  t.deepEqual(groupsOf(ours), groupsOf(theirs))
})

function comparable(printed: Printed): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [command, text] of printed) {
    if (command in refused || shown.includes(command) || command.endsWith('$file')) continue
    const mask = alikeButFor[command.replace(/( again)+$/, '')]
    kept[command] = mask?.(text) ?? text
  }
  return kept
}

async function startApache(t: ExecutionContext): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-mqadmin-apache-'))
  const namesrv = await startApacheNamesrv(t, join(home, 'namesrv'))
  const broker = await startApacheBroker(t, join(home, 'broker'), namesrv.address)
  return { home, namesrv: namesrv.address, broker: broker.address, isOurs: false }
}

async function startOurs(t: ExecutionContext): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-mqadmin-'))
  const listen = ['--listen', '127.0.0.1:0']
  const first = await startRocketway(t, ['namesrv', '--data', join(home, 'n'), ...listen])
  const namesrv = first.listen['namesrv'] ?? ''
  const args = ['broker', '--data', join(home, 'b'), '-n', namesrv, ...listen]
  const second = await startRocketway(t, args)
  return { home, namesrv, broker: second.listen['broker'] ?? '', isOurs: true }
}

async function runAll(
  t: ExecutionContext,
  start: (t: ExecutionContext) => Promise<Cluster>,
): Promise<Printed> {
  const where = await start(t)
  const mqadmin = await startMqadmin(t, where.home, where.namesrv)
  const one = (topicName: string) => ({ topicName, readQueueNums: 2, writeQueueNums: 2, perm: 6 })
  writeFileSync(`${where.home}/topics.json`, JSON.stringify([one('L1'), one('L2')]))
  const groups = [{ groupName: 'LG1' }, { groupName: 'LG2', retryMaxTimes: 3 }]
  writeFileSync(`${where.home}/groups.json`, JSON.stringify(groups))
  await untilRegistered(mqadmin)

  const session = new Session(mqadmin, where)
  for (const command of content) await session.run(command)
  // The figures of the last minute are sampled every ten seconds.
  await sleep(11_000)
  const all = [...shown, ...Object.keys(alikeButFor), ...alike]
  if (where.isOurs) all.push(...Object.keys(refused))
  for (const command of all) await session.run(command)
  return session.printed
}

async function untilRegistered(mqadmin: Mqadmin): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    if ((await mqadmin('topicList')).includes('TBW102')) return
    await sleep(500)
  }
  throw new Error('the broker is not registered')
}

/** Runs commands one after the other, and keeps what they printed in a form to compare. */
class Session {
  readonly printed = new Map<string, string>()
  readonly #mqadmin: Mqadmin
  readonly #values: Map<string, string>

  constructor(mqadmin: Mqadmin, { home, namesrv, broker }: Cluster) {
    this.#mqadmin = mqadmin
    this.#values = new Map([
      ['$broker', broker],
      ['$namesrv', namesrv],
      ['$home', home],
    ])
  }

  async run(command: string): Promise<void> {
    const words = command.split(' ').map((word) => this.#fill(word))
    const text = await this.#mqadmin(...words)
    if (command.startsWith('@send')) this.#learn(words.at(-1) ?? '', text)
    if (command.startsWith('consumerConnection -g G1')) this.#learnClient(text)
    let key = command
    while (this.printed.has(key)) key += ' again'
    this.printed.set(key, this.#masked(text))
    const file = /^export .*?(\/\S+\.json) success/m.exec(text)?.[1]
    if (file) this.printed.set(`${key} $file`, readFileSync(file, 'utf8'))
  }

  #fill(word: string): string {
    let filled = word
    for (const [name, value] of this.#values) filled = filled.replace(name, value)
    return filled
  }

  /** The two ids of a message. */
  #learn(body: string, text: string): void {
    const [id = '', place = ''] = (text.trim().split('\n').at(-1) ?? '').split(' ')
    this.#values.set(`$id${body}`, id)
    this.#values.set(`$place${body}`, place)
  }

  #learnClient(text: string): void {
    this.#values.set('$client', /\S+@consumer-G1/.exec(text)?.[0] ?? '')
  }

  #masked(text: string): string {
    let masked = text
    for (const name of ['$broker', '$namesrv', '$home']) {
      masked = masked.replaceAll(this.#values.get(name) ?? name, name)
    }
    return masked
      .split('\n')
      .filter((line) => !/\|-(INFO|WARN|ERROR) in|^\s+at |^RocketMQLog|\.\.\. \d+ more/.test(line))
      .join('\n')
      .replaceAll(/DESC: .*/g, 'DESC')
      .replaceAll(/20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d([:,.]\d+)?/g, 'TIME')
      .replaceAll(/\b\d{13}\b/g, 'MS')
      .replaceAll(/\b[0-9A-F]{32,56}\b/g, 'ID')
      .replaceAll(/\b\d+\.\d+\.\d+\.\d+:\d+/g, 'ADDRESS')
      .replaceAll(/spentTimeMills=\d+/g, 'spentTimeMills')
      .trim()
  }
}

const sorted = (text: string) => text.split('\n').toSorted().join('\n')
const without = (text: string, word: string) =>
  text
    .split('\n')
    .filter((line) => !line.includes(word))
    .join('\n')
/** When the system's own groups commit on its own topics is each broker's affair. */
const withoutOwn = (text: string) =>
  ['rmq_sys_wheel_timer', 'RMQ_SYS_TRANS_', 'CID_RMQ_SYS_'].reduce(without, text)
const withoutRates = (text: string) => text.replaceAll(/ +\d+\.\d+/g, ' RATE')
const withoutNumbers = (text: string) => text.replaceAll(/\d+(\.\d+)?/g, 'N').replaceAll(/ +/g, ' ')

/** Lines `key : value` or `key = value`. */
const table = (printed: Printed, command: string): Map<string, string> =>
  new Map(
    [...(printed.get(command) ?? '').matchAll(/^(\w+)\s*[:=] *(.*)$/gm)].map((match) => [
      match[1] ?? '',
      (match[2] ?? '').trim(),
    ]),
  )

function checkStatus(t: ExecutionContext, ours: Printed, theirs: Printed): void {
  const own = table(ours, shown[0] ?? '')
  const reference = table(theirs, shown[0] ?? '')
  const same = [
    'brokerActive',
    'brokerVersionDesc',
    'commitLogMinOffset',
    'msgGetTotalTodayNow',
    'msgPutTotalTodayMorning',
    'msgPutTotalTodayNow',
    'putMessageFailedTimes',
    'putMessageTimesTotal',
    'timerCongestNum',
  ]
  for (const key of same) t.is(own.get(key), reference.get(key), key)
  t.regex(own.get('commitLogDirCapacity') ?? '', /^Total : .*B, Free : .*B\.$/)
  t.regex(own.get('putTps') ?? '', /^\d+\.\d+/)
  const shape = (text = '') => text.replaceAll(/\d+(?=[ .]|$)/g, 'n')
  // Apache 5.5.0 prints "null" for the first.
  t.is(reference.get('putMessageDistributeTime'), 'null')
  t.regex(
    own.get('putMessageDistributeTime') ?? '',
    /^\[<=0ms\]:\d+ \[0~10ms\]:\d+ .* \[10s~\]:\d+$/,
  )
  for (const key of ['putLatency99', 'putLatency999']) {
    t.is(shape(own.get(key)), shape(reference.get(key)), key)
  }
  const missing = [...reference.keys()].filter((key) => !own.has(key)).toSorted()
  const notKept = /Ratio_/
  t.deepEqual(
    missing.filter((key) => !notKept.test(key)),
    [],
  )
}

/** Settings that both know have the same value, unless it says where something is. */
function checkConfigs(t: ExecutionContext, ours: Printed, theirs: Printed): void {
  const otherwise = /path|port|address|namesrvAddr|brokerIP|rocketmqHome|mappedFileSizeCommitLog/i
  const others = [
    // On here, off there.
    'allAckInSyncStateSet',
    'enablePropertyFilter',
    'recallMessageEnable',
    // Shorter here, so that a lost master is replaced in seconds: docs/compatibility.md.
    'brokerHeartbeatInterval',
    'checkSyncStateSetPeriod',
    'controllerHeartBeatTimeoutMills',
    'haMaxTimeSlaveNotCatchup',
  ]
  for (const command of shown.slice(1)) {
    const own = table(ours, command)
    const differing: string[] = []
    for (const [key, value] of table(theirs, command)) {
      const mine = own.get(key)
      if (mine === undefined || otherwise.test(key) || others.includes(key)) continue
      if (mine !== value) differing.push(`${key}: ${mine}, there ${value}`)
    }
    t.deepEqual(differing, [], command)
  }
}

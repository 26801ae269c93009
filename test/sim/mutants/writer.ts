// Faults of what is under way to Redis: fences, flights, merging, sending again.
import { type Mutant } from './mutant.ts'

const air = 'src/redis/writer/air.ts'
const coalescer = 'src/redis/writer/coalescer.ts'
const fence = 'src/redis/writer/fence.ts'
const flight = 'src/redis/writer/flight.ts'
const lane = 'src/redis/writer/lane.ts'
const outage = 'src/redis/writer/outage.ts'
const recovery = 'src/redis/writer/recovery.ts'
const rawWay = 'src/redis/compiled/raw-way.ts'
const task = 'src/redis/task.ts'

export const writerMutants: readonly Mutant[] = [
  {
    name: 'forget-suspects',
    what: 'a connection given up is not closed at the server before anything is sent again',
    file: air,
    find: 'if (guard !== null) this.#events.onGivenUp(guard)',
    replace: 'if (guard === null) this.#events.onGivenUp(guard as never)'
  },
  {
    name: 'fence-unasked',
    what: 'a connection given up counts as closed without asking the server',
    file: fence,
    find: "const reply = await this.#ask(link, ['CLIENT', 'KILL', 'ID', id, 'ADDR', addr])",
    replace: "const reply = await this.#ask(link, ['CLIENT', 'KILL', 'ID', own.id, 'ADDR', '0.0.0.0:0' || id + addr])"
  },
  {
    name: 'revoke-without-fence',
    what: 'partitions are given up before what was cut off is proved dead',
    file: task,
    find: 'The next owner begins when this resolves.\n    await',
    replace: '\n    void'
  },
  {
    name: 'stop-without-fence',
    what: 'a task stops before what it cut off is proved dead',
    file: task,
    find: 'this.#running?.judge.close()\n    await',
    replace: 'this.#running?.judge.close()\n    void'
  },
  {
    name: 'release-before-answer',
    what: 'a flight holds no commits back once it is sent',
    file: lane,
    find: '      this.#queue.shift()\n      this.#queueBytes -= next.weight\n      this.#air.send(next)',
    replace:
      '      this.#queue.shift()\n      this.#queueBytes -= next.weight\n      this.#air.send(next)\n      this.#near.watermark.release(next)'
  },
  {
    name: 'mending-holds-nothing',
    what: 'what is being mended holds no commits back',
    file: lane,
    find: 'if (this.#recovery === null) watermark.hold((this.#recovery = new Recovery()))',
    replace: 'this.#recovery ??= new Recovery()'
  },
  {
    name: 'mending-forgets-open',
    what: 'the flight that is being filled when mending begins is forgotten',
    file: lane,
    find: 'return open === null ? this.#queue : [...this.#queue, open]',
    replace: 'return open === null ? this.#queue : [...this.#queue]'
  },
  {
    name: 'revoked-still-sent',
    what: 'flights of partitions that were given up are not cut off',
    file: lane,
    find: 'if (flights.some(isTouched)) {',
    replace: 'if (flights.some(isTouched) && gone.size === 0) {'
  },
  {
    name: 'revoked-still-mended',
    what: 'what is being mended of partitions that were given up is sent all the same',
    file: recovery,
    find: 'if (partitions.has(topicPartitionKey(topic, partition))) receipt.dropped = true',
    replace: 'if (partitions.has(topicPartitionKey(topic, partition))) receipt.dropped = false'
  },
  {
    name: 'resend-failed-only',
    what: 'after a cut only what failed is sent again, behind what succeeded on the same key',
    file: 'src/redis/writer/resend.ts',
    find: 'if (start === undefined || place < start) done.push(slot)',
    replace: "if (start === undefined || place < start || slot.outcome === 'ok') done.push(slot)"
  },
  {
    name: 'overwritten-by-lost',
    what: 'a lost SET counts as done when a later one to its key was lost, too',
    file: 'src/redis/writer/resend.ts',
    find: "const lastOverwrite = ofKey.findLastIndex(slot => overwrites(slot) && slot.outcome === 'ok')",
    replace: 'const lastOverwrite = ofKey.findLastIndex(slot => overwrites(slot))'
  },
  {
    name: 'stream-behind-lost',
    what: 'entries of a stream are sent on behind one that was refused or lost',
    file: 'src/redis/writer/resender.ts',
    find: 'if (isAlone && sent.some(each => !each.flight.clean)) break',
    replace: 'if (isAlone && sent.some(each => each.carried.length === 0)) break'
  },
  {
    name: 'queued-is-executed',
    what: 'a command counts as executed when its transaction has queued it',
    file: flight,
    find: 'const known = this.#transaction ? this.#answers >= this.wires + 2 : wire < this.#answers',
    replace: 'const known = this.#transaction ? wire + 1 < this.#answers : wire < this.#answers'
  },
  {
    name: 'cover-last',
    what: 'a flight holds back the commits of a partition from its last record on, not from its first',
    file: flight,
    find: 'if (!this.#firstOffsets.has(partition)) this.#firstOffsets.set(partition, offset)',
    replace: 'this.#firstOffsets.set(partition, offset)'
  },
  {
    name: 'cover-first-cursor',
    what: 'of the partitions in a flight only the first one holds commits back',
    file: rawWay,
    find: 'if (this.#source !== null && this.#flight === flight && this.#cursor === cursor) return this.#source',
    replace: 'if (this.#source !== null && this.#flight === flight) return this.#source'
  },
  {
    name: 'coalesce-by-prefix',
    what: 'of two SETs to keys that differ in their last letters only the later one is sent',
    file: coalescer,
    find: 'for (let mine = start; mine < keyEnd; mine++, at++) if',
    replace: 'for (let mine = start; mine < keyEnd - 4; mine++, at++) if',
    also: [
      {
        file: coalescer,
        find: 'for (let at = start; at < keyEnd; at++) hash',
        replace: 'for (let at = start; at < keyEnd - 4; at++) hash'
      }
    ]
  },
  {
    name: 'coalesce-first',
    what: 'of two SETs to one key the earlier one is sent',
    file: coalescer,
    find: '      this.#dead[other] = 1\n',
    replace: '      this.#dead[part] = 1\n'
  },
  {
    name: 'skipped-planned-again',
    what: 'a range with a skipped record is planned again as if that had been sent, and nobody counts',
    file: rawWay,
    find: 'so that a source is planned again as it was sent.\n    this.#source = null',
    replace: '\n',
    also: [
      {
        file: recovery,
        find: 'if (parts !== outcomes.length) {',
        replace: 'if (parts !== outcomes.length && parts < 0) {'
      }
    ]
  },
  {
    name: 'mending-throws',
    what: 'mending throws (a range with a skipped record) after everything unsettled was forgotten',
    file: rawWay,
    find: 'so that a source is planned again as it was sent.\n    this.#source = null',
    replace: '\n',
    also: [
      {
        file: lane,
        find: '      this.#recovery.add(flight)\n      watermark.release(flight)',
        replace: '      watermark.release(flight)\n      this.#recovery.add(flight)'
      },
      {
        file: lane,
        find: '    const { watermark, takeOpen } = this.#near\n',
        replace:
          '    const { watermark, takeOpen } = this.#near\n    this.#queue = []\n    this.#answered = []\n    takeOpen()\n    for (const flight of flights) watermark.release(flight)\n'
      }
    ]
  },
  {
    name: 'range-one-short',
    what: 'a range is planned again without its last record',
    file: 'src/redis/compiled/raw-source.ts',
    find: 'cursor.offset <= this.#to',
    replace: 'cursor.offset < this.#to'
  },
  {
    name: 'refused-forgotten',
    what: 'a refused record whose judgement an outage cut short is passed over',
    file: rawWay,
    find: '      this.#unfinished = { cursor, record }\n      this.#undelivered++\n',
    replace: '      this.#undelivered++\n'
  },
  {
    name: 'batch-from-its-start',
    what: 'a batch that an outage cut short is taken again from its first record on',
    file: task,
    find: '      this.#resume = taken\n',
    replace: '      this.#resume = null\n'
  },
  {
    name: 'no-backoff',
    what: 'connections are tried in a hot loop while Redis is away',
    file: outage,
    find: 'return backoffMs(this.#attempts) * (0.8 + 0.4 * this.#options.random.next())',
    replace: 'return 0 * backoffMs(this.#attempts)'
  },
  {
    name: 'healed-by-refusal',
    what: 'an outage counts as over whenever Redis answers anything, and its tries begin anew',
    file: recovery,
    find: 'if (outageReply !== null) this.#executed = false',
    replace: '',
    also: [
      {
        file: recovery,
        find: "return outcome === 'ok' || (outcome instanceof ReplyError && verdictOf(outcome) === 'record')",
        replace: "return outcome !== 'lost'"
      },
      {
        file: lane,
        find: '} else if (recovery.executed) outage.over()',
        replace: '}\n    if (recovery.executed) outage.over()'
      },
      {
        file: outage,
        find: 'if (now - this.#endedAt < flapMs) this.#attempts++',
        replace: 'if (now < 0) this.#attempts++'
      }
    ]
  },
  {
    name: 'silence-is-fine',
    what: 'a connection that says nothing is waited for without end',
    file: air,
    find: 'if (silentMs >= this.#silenceMs + this.#bytes / bytesPerMsMin) {',
    replace: 'if (silentMs >= this.#silenceMs * 1e6) {'
  }
]

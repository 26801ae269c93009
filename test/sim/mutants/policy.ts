// Faults of those who decide about records: whose fault it is, what the policy allows, what the dead letter queue must have.
import { type Mutant } from './mutant.ts'

const verdict = 'src/redis/writer/verdict.ts'
const judge = 'src/redis/writer/refusal-judge.ts'
const errorJudge = 'src/runtime/error-judge.ts'
const letters = 'src/runtime/dead-letter-queue.ts'

export const policyMutants: readonly Mutant[] = [
  {
    name: 'drop-in-outage',
    what: 'an answer that means Redis is away is taken for a refusal of the record',
    file: 'src/redis/writer/recovery.ts',
    find: "      if (verdict === 'outage') {",
    replace: "      if (verdict === 'outage' && command.key === '') {"
  },
  {
    name: 'rights-are-the-record',
    what: 'a command that the user may not use is judged as the fault of the record',
    file: verdict,
    find: "NOPERM: {\n    verdict: 'server'",
    replace: "NOPERM: {\n    verdict: 'record'"
  },
  {
    name: 'moved-is-the-record',
    what: 'a key that another node has is judged as the fault of the record',
    file: verdict,
    find: "MOVED: {\n    verdict: 'server'",
    replace: "MOVED: {\n    verdict: 'record'"
  },
  {
    name: 'unknown-is-the-record',
    what: 'a command that the server does not know is judged as the fault of the record',
    file: verdict,
    find: "pattern: /^ERR unknown command/i,\n    verdict: 'server'",
    replace: "pattern: /^ERR unknown command/i,\n    verdict: 'record'"
  },
  {
    name: 'oom-is-the-record',
    what: 'a Redis that is full is judged as the fault of the record',
    file: verdict,
    find: "OOM: {\n    verdict: 'outage'",
    replace: "OOM: {\n    verdict: 'record'"
  },
  {
    name: 'throw-drops',
    what: 'the policy THROW drops what was refused',
    file: judge,
    find: "if (retries.kind !== 'NOOP') throw idleLetters",
    replace: "if (retries.kind === 'RETRY') throw idleLetters"
  },
  {
    name: 'retry-drops-at-last',
    what: 'the policy RETRY drops what was refused once its attempts are spent',
    file: judge,
    find: "if (retries.kind !== 'NOOP') throw idleLetters",
    replace: "if (retries.kind === 'THROW') throw idleLetters"
  },
  {
    name: 'log-is-a-letter',
    what: 'a reporter that only logs counts as a place to give a record up to',
    file: errorJudge,
    find: "const verdict = deadLetters === null ? 'told'",
    replace: "const verdict = deadLetters === null ? 'kept'"
  },
  {
    name: 'intolerant-keeps',
    what: 'with a dead letter queue a refused record ends nothing, though nothing is tolerated',
    file: errorJudge,
    find: "settings.tolerateAll ? 'kept' : 'fatal'",
    replace: "settings.tolerateAll ? 'kept' : 'kept'"
  },
  {
    name: 'intolerant-skips',
    what: 'a record that can not be read is skipped, though nothing is tolerated',
    file: errorJudge,
    find: 'if (this.#options.settings.tolerateAll) return sent',
    replace: 'if (this.#options.settings.logEnabled) return sent'
  },
  {
    name: 'refused-before-settled',
    what: 'a record that Redis refused ends the task before what stood before it is settled',
    file: 'src/redis/writer/lane.ts',
    find: 'const before = judge.drops ? [] : recovery.before(refusal)',
    replace: 'const before = judge.drops ? [] : recovery.before(refusal).slice(0, 0)'
  },
  {
    name: 'letter-not-awaited',
    what: 'commits do not wait for dead letters on their way',
    file: 'src/runtime/task-commits.ts',
    find: 'partition => deadLetters?.firstUnacked(partition) ?? Infinity',
    replace: '() => Infinity'
  },
  {
    name: 'lost-letter-is-done',
    what: 'a dead letter that could not be sent is forgotten',
    file: letters,
    find: '      metrics.deadLetterFailures.add(1)\n',
    replace: '      if (offsets.delete(record.offset)) return\n'
  },
  {
    name: 'letter-of-none',
    what: 'a skipped record is not sent to the dead letter queue',
    file: errorJudge,
    find: 'return deadLetters === null ? Promise.resolve() : deadLetters.report(failure)',
    replace:
      "return deadLetters === null || failure.stage !== 'TASK_PUT' ? Promise.resolve() : deadLetters.report(failure)"
  }
]

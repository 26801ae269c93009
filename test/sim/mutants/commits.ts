// Faults of commits: what is committed, when, and in whose name.
import { type Mutant } from './mutant.ts'

const commits = 'src/runtime/task-commits.ts'
const ledger = 'src/runtime/commit-ledger.ts'
const task = 'src/runtime/worker-sink-task.ts'

export const commitMutants: readonly Mutant[] = [
  {
    name: 'commit-before-flush',
    what: 'what was put is committed, answered or not',
    file: commits,
    find: 'allowed = await task.preCommit(this.#options.ledger.current(partitions))',
    replace: 'allowed = await Promise.resolve(this.#options.ledger.current(partitions))'
  },
  {
    name: 'position-not-rewound',
    what: 'a batch that could not be put is not put again, and reading goes on behind it',
    file: task,
    find: '    this.#redelivering = true\n',
    replace: '    this.#batch = null\n    this.#raw = null\n'
  },
  {
    name: 'late-answer-throws',
    what: 'the late answer to a commit that timed out is an error that nobody catches',
    file: commits,
    find: '    if (inFlight.timedOut) {\n      log.info(',
    replace: "    if (inFlight.timedOut) {\n      throw new Error('too late')\n      log.info("
  },
  {
    name: 'commits-overlap',
    what: 'a commit is sent while another one is under way',
    file: commits,
    find: '    if (inFlight !== null) {\n      if (inFlight.timedOut',
    replace: '    if (inFlight !== null && !inFlight.timedOut) {\n      if (inFlight.timedOut',
    also: [
      {
        file: commits,
        find: '} else if (this.#inFlight !== null) {',
        replace: '} else if (this.#inFlight?.timedOut === false) {'
      }
    ]
  },
  {
    name: 'failed-commit-is-done',
    what: 'a commit that failed counts as done',
    file: commits,
    find: '      failure = error\n',
    replace: '      failure = error === undefined ? error : null\n'
  },
  {
    name: 'answer-of-former-owner',
    what: 'the answer to a commit counts for partitions that were given up and came again',
    file: ledger,
    find: 'return key => this.#current.has(key) && before.get(key) === this.#givenUp.get(key)',
    replace: 'return key => this.#current.has(key) && before.size > 0'
  },
  {
    name: 'put-of-given-up',
    what: 'partitions that were given up while they were put are committed on',
    file: ledger,
    find: 'for (const [key, offset] of next) if (this.#current.has(key)) this.#current.set(key, offset)',
    replace: 'for (const [key, offset] of next) this.#current.set(key, offset)'
  },
  {
    name: 'given-up-still-committed',
    what: 'partitions that were given up are committed on',
    file: task,
    find: '    this.#ledger.forget(partitions)\n',
    replace: ''
  },
  {
    name: 'given-up-still-put',
    what: 'what was fetched of partitions that were given up is put all the same',
    file: task,
    find: '    this.#dropFetched(gone)\n    this.#options.deadLetters',
    replace: '    this.#options.deadLetters'
  },
  {
    name: 'lost-is-committed',
    what: 'partitions that were lost are settled and committed as if they were revoked',
    file: task,
    find: 'onLost: partitions => this.#giveUp(partitions, false)',
    replace: 'onLost: partitions => this.#giveUp(partitions, true)'
  },
  {
    name: 'failure-uncommitted',
    what: 'what stood before a refused record is not committed before the task fails',
    file: task,
    find: 'if (error instanceof PartlyPutError) this.#ledger.advance(error.taken)',
    replace: ''
  },
  {
    name: 'failure-commits-itself',
    what: 'the record that ends the task is committed with those before it',
    file: 'src/runtime/record-intake.ts',
    find: '} else failure = { topic, partition, error }',
    replace:
      '} else {\n          failure = { topic, partition, error }\n          offset = cursor.nextOffset\n        }'
  },
  {
    name: 'failure-not-flushed',
    what: 'a task that gives partitions up does not wait for answers',
    file: task,
    find: '      failure = await settled(task.flush())\n',
    replace: ''
  }
]

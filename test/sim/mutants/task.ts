// Faults of those who start and stop tasks, and of the bytes that records become.
import { type Mutant } from './mutant.ts'

const worker = 'src/runtime/worker.ts'
const herder = 'src/runtime/standalone/standalone-herder.ts'

export const taskMutants: readonly Mutant[] = [
  {
    name: 'restart-beside',
    what: 'a task is started again without stopping the one that runs',
    file: herder,
    find: '    await this.#worker.stopTasks(present.map(task => task.id))\n',
    replace: ''
  },
  {
    name: 'zombie',
    what: 'a task that does not stop in time is not cut off',
    file: worker,
    find: "      this.#order(task, 'cancel')\n",
    replace: ''
  },
  {
    name: 'stop-is-cancel',
    what: 'a task that is to stop is cut off at once',
    file: worker,
    find: "      this.#order(task, 'stop')\n",
    replace: "      this.#order(task, 'cancel')\n"
  },
  {
    name: 'reconfigured-beside',
    what: 'tasks under a new configuration start while those of the old one still run',
    file: herder,
    find: '    if (same) return\n    await this.#stopTasks(connector)',
    replace: '    if (same) return\n    void this.#stopTasks(connector)'
  },
  {
    name: 'cancelled-leaves-first',
    what: 'a task that is cut off leaves its group before its connection is proved dead',
    file: 'src/runtime/worker-sink-task.ts',
    find: 'void this.#options.task.stop().then(leave, leave)',
    replace: 'void leave().then(() => this.#options.task.stop()).catch(ignore)'
  },
  {
    name: 'pause-unheard',
    what: 'a task that is to pause goes on',
    file: worker,
    find: "    this.#order(running, paused ? 'pause' : 'resume')\n",
    replace: ''
  },
  {
    name: 'resume-unheard',
    what: 'a task that is paused is never resumed',
    file: worker,
    find: "    this.#order(running, paused ? 'pause' : 'resume')\n",
    replace: "    if (paused) this.#order(running, 'pause')\n"
  },
  {
    name: 'null-is-a-key',
    what: 'the compiled way takes a missing key for one',
    file: 'src/redis/compiled/encoder.ts',
    find: 'if (kind === slotKinds.null || kind > slotKinds.text) return false',
    replace: 'if (kind > slotKinds.text) return false'
  },
  {
    name: 'key-of-last',
    what: 'members of different keys join one ZADD',
    file: 'src/redis/writer/flight.ts',
    find: 'const same = key.compare(this.#bytes, this.#runKey, this.#runKeyEnd, 0, keyLength) === 0',
    replace: 'const same = key.compare(this.#bytes, this.#runKey, this.#runKeyEnd, 0, keyLength) <= 1'
  }
]

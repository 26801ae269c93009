// How task threads are made: by the command, which starts one while the rest of the worker is still being loaded, and by the worker.
import { type WorkerOptions } from 'node:worker_threads'

/**
 * V8 divides it by three: new objects get 16 MB of each half. Left to itself it takes up to 64 MB of each, which decoded records soon fill with
 * garbage: 100 MB more of memory for no less time.
 */
const youngMb = 48

export const taskThreadOptions: WorkerOptions = {
  workerData: { taskThread: true },
  resourceLimits: { maxYoungGenerationSizeMb: youngMb }
}

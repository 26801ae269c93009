// All faults to plant, by the part of the worker that has them.
import { commitMutants } from './commits.ts'
import { groupMutants } from './group.ts'
import { type Mutant } from './mutant.ts'
import { policyMutants } from './policy.ts'
import { taskMutants } from './task.ts'
import { writerMutants } from './writer.ts'

export const mutants: readonly Mutant[] = [
  ...writerMutants,
  ...policyMutants,
  ...groupMutants,
  ...commitMutants,
  ...taskMutants
]

// The assignors by the names members of a group agree on.
import { ConfigError } from '../../connect/errors.ts'
import { type Assignor } from './assignor.ts'
import { rangeAssignor } from './range-assignor.ts'
import { roundRobinAssignor } from './round-robin-assignor.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky-assignors.ts'

const assignors: readonly Assignor[] = [rangeAssignor, roundRobinAssignor, stickyAssignor, cooperativeStickyAssignor]

export function assignorsNamed(names: readonly string[]): Assignor[] {
  return names.map(name => {
    const found = assignors.find(assignor => assignor.name === name)
    if (found === undefined) {
      throw new ConfigError(
        'partition.assignment.strategy',
        `partition.assignment.strategy: ${name} is not served, known are ${assignors.map(assignor => assignor.name).join(', ')}`
      )
    }
    return found
  })
}

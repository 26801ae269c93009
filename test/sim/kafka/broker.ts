// One broker from its start to its death: what it knows of the cluster, and what its memory holds.
import { type SimProcess } from '../engine/scheduler.ts'
import { type FetchSessions } from './api/fetch-sessions.ts'
import { type Image } from './state.ts'

export class SimBroker {
  readonly id: number
  readonly name: string
  readonly address: string
  readonly process: SimProcess
  readonly sessions: FetchSessions
  /** The cluster as this broker knows it: a little old. */
  image: Image

  constructor(id: number, process: SimProcess, image: Image, sessions: FetchSessions) {
    this.id = id
    this.name = `kafka-${id}`
    this.address = `kafka-${id}:9092`
    this.process = process
    this.image = image
    this.sessions = sessions
  }

  hear(image: Image): void {
    if (image.version <= this.image.version) return
    const before = this.image
    this.image = image
    // Whoever waits at a leader that is none any more is told.
    for (const { partitions } of before.topics.values())
      for (const { partition, leader } of partitions) if (leader === this.id) partition.stir()
  }
}

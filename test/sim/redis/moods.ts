// States of a Redis in which it refuses commands, and the words in which it does.
import { RedisError } from './answer.ts'
import { type Traits } from './traits.ts'

export type Mood = 'loading' | 'readonly' | 'busy' | 'oom' | 'misconf' | 'moved'

const texts: Readonly<Record<Mood, RedisError>> = {
  oom: new RedisError("OOM command not allowed when used memory > 'maxmemory'."),
  misconf: new RedisError(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, " +
      'because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the ' +
      'Redis logs for details about the RDB error.'
  ),
  readonly: new RedisError("READONLY You can't write against a read only replica."),
  loading: new RedisError('LOADING Redis is loading the dataset in memory'),
  busy: new RedisError('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'),
  moved: new RedisError('MOVED 3999 10.0.0.7:6379')
}

export class Moods {
  readonly #moods = new Set<Mood>()
  readonly #denied = new Set<string>()
  readonly #unknown = new Set<string>()
  password: string | null = null

  set(mood: Mood, isOn: boolean): void {
    if (isOn) this.#moods.add(mood)
    else this.#moods.delete(mood)
  }

  has(mood: Mood): boolean {
    return this.#moods.has(mood)
  }

  /** The user may not use this command any more; `client|kill` names a subcommand. */
  deny(name: string): void {
    this.#denied.add(name.toLowerCase())
  }

  allow(name: string): void {
    this.#denied.delete(name.toLowerCase())
  }

  /** The server has it no more, as one that was renamed. */
  rename(name: string, isAway: boolean): void {
    if (isAway) this.#unknown.add(name.toLowerCase())
    else this.#unknown.delete(name.toLowerCase())
  }

  isUnknown(name: string): boolean {
    return this.#unknown.has(name)
  }

  isDenied(name: string): boolean {
    return this.#denied.has(name)
  }

  get denied(): readonly string[] {
    return [...this.#denied]
  }

  /** A replica leaves it to its master what there is room for. */
  get #isFull(): boolean {
    return this.has('oom') && !this.has('readonly')
  }

  /** Whether a state of the server forbids a command, in the order in which Redis looks. `isQueued`: it would be queued, which takes memory. */
  refusal(name: string, traits: Traits, isQueued: boolean): RedisError | null {
    if (this.#moods.size === 0) return null
    const writes = traits.writes === true
    if (this.#isFull && (traits.grows === true || isQueued)) return texts.oom
    if (this.has('misconf') && (writes || name === 'ping')) return texts.misconf
    if (this.has('readonly') && writes) return texts.readonly
    if (this.has('moved') && writes) return texts.moved
    if (this.has('loading') && traits.whileLoading !== true) return texts.loading
    if (this.has('busy') && traits.whileBusy !== true) return texts.busy
    return null
  }

  /** The same for a command that a script calls. */
  scriptRefusal(name: string, traits: Traits): RedisError | null {
    if (this.isDenied(name))
      return new RedisError("ERR The user executing the script can't run this command or subcommand")
    if (this.has('readonly') && traits.writes === true) return texts.readonly
    if (this.has('misconf') && traits.writes === true) return texts.misconf
    if (this.#isFull && traits.grows === true) return texts.oom
    return null
  }
}

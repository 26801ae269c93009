// Watches what really arrives at Redis, by its own MONITOR command.
import { connect, type Socket } from 'node:net'

export class RedisMonitor {
  readonly #socket: Socket
  readonly #lines: string[] = []
  #rest = ''
  #wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => {
      const lines = (this.#rest + chunk.toString()).split('\r\n')
      this.#rest = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#wake()
    })
    socket.on('error', () => undefined)
  }

  /** Resolves when Redis has confirmed: nothing sent after this is missed. */
  static async open(port: number): Promise<RedisMonitor> {
    const socket = connect(port, '127.0.0.1')
    const monitor = new RedisMonitor(socket)
    socket.write('MONITOR\r\n')
    await monitor.next(line => line === '+OK')
    return monitor
  }

  /** The next line that fits, without MONITOR's time and address in front. */
  async next(fits: (line: string) => boolean): Promise<string> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (fits(line)) return line.replace(/^\+[\d.]+ \[[^\]]*\] /, '')
      }
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

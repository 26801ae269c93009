// The command kafka-connect-redis: the tools around the sink, one subcommand each.
import { Command } from 'commander'
import { kcqlCommand } from './kcql-command.ts'

// A reader that has seen enough (`| head`) closes the pipe: that is no fault worth a trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const program = new Command('kafka-connect-redis').description('Tools around the Redis sink.').enablePositionalOptions()

program
  .command('kcql')
  .summary('show how a KCQL text is read')
  // The subcommand reads its own words, so that its tests need neither a process nor commander.
  .argument('[words...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (words: string[]) => {
    process.exitCode = await kcqlCommand(words, process)
  })

program
  .command('explain')
  .summary('show what a record becomes under a configuration, without writing')
  .argument('[words...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (words: string[]) => {
    // It needs converters and transforms, which no other subcommand should wait for.
    const { explainCommand } = await import('./explain-command.ts')
    process.exitCode = await explainCommand(words, process)
  })

await program.parseAsync()

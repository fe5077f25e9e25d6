import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** Runs a command's deed with its context; what it returns is the exit code (nothing: 0). */
export type Run = (deed: (context: Context) => Promise<ExitCode | void> | ExitCode | void) => Promise<void>;

/** Adds one command, with its options and its help, to the program. */
export type DefineCommand = (program: Command, run: Run) => void;

/** The command `name` that only holds others (`add tenant`, `add pbx`), made by the first that asks. */
export function commandGroup(program: Command, name: string, description: string): Command {
  return (
    program.commands.find((command) => command.name() === name) ??
    program.command(name).description(description).helpCommand(false)
  );
}

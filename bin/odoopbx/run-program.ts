/** Runs another program (the CDK's CLI), its lines as they come. */
export interface ProgramRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Every line of standard output and standard error, in the order in which they came. */
  readonly onLine: (line: string) => void;
}

/** Resolves with the exit code. Rejects where the program can not be started. */
export type RunProgram = (program: string, run: ProgramRun) => Promise<number>;

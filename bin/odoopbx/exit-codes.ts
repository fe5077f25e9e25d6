/** Exit codes of `odoopbx`; scripts and monitoring rely on them. */
export const exitCodes = {
  ok: 0,
  /** Something failed, or was not confirmed. */
  failure: 1,
  /** The command line or fleet.yaml is wrong: trying again does not help. */
  usage: 2,
  /** `status` and `doctor`: the fleet was read, and something in it is not well. */
  unhealthy: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Counted since the pipeline was made. */
export interface EventCounts {
  /** Events that came from AMI, plus those made after a gap. */
  received: number;
  /** Events that at least one rule wanted. */
  matched: number;
  /** When the last of these was received, Unix milliseconds. */
  lastMatchedAt: number | null;
  /** Conditions that raised, `only` included. */
  conditionErrors: number;
  /** Kept at home by `only`. */
  keptHome: number;
  /** Items that the spool did not take. */
  spoolErrors: number;
  gaps: number;
  /** Hangups made for channels that were gone after a gap. */
  syntheticHangups: number;
  backfilledCdrs: number;
  /** Of the rules in force, those that matched or raised. */
  byRule: Record<string, { matched: number; conditionErrors: number }>;
}

export function noEventCounts(): EventCounts {
  return {
    received: 0,
    matched: 0,
    lastMatchedAt: null,
    conditionErrors: 0,
    keptHome: 0,
    spoolErrors: 0,
    gaps: 0,
    syntheticHangups: 0,
    backfilledCdrs: 0,
    byRule: {},
  };
}

/** The counts of one rule, begun when there are none. */
export function countsOfRule(
  counts: EventCounts,
  ruleId: string,
): { matched: number; conditionErrors: number } {
  return (counts.byRule[ruleId] ??= { matched: 0, conditionErrors: 0 });
}

/** On-demand prices of us-east-1 in US dollars, without free tiers, as published in 2026. */
export const prices = {
  /** Per 64 KB begun of each entry. */
  eventBridgeEntry: 1 / 1e6,
  archiveIngestGb: 0.1,
  archiveStoredGbMonth: 0.023,
  sqsFifoRequest: 0.5 / 1e6,
  sqsRequest: 0.4 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  dynamoWrite: 0.625 / 1e6,
  dynamoRead: 0.125 / 1e6,
  httpRequest: 1 / 1e6,
  logGb: 0.5,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  trace: 5 / 1e6,
} as const;

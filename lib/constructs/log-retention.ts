import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** 9999 stands for ever. */
const forEver: number = RetentionDays.INFINITE;
const allowed = Object.values(RetentionDays)
  .map(Number)
  .filter((days) => days < forEver)
  .toSorted((a, b) => a - b);

/** CloudWatch keeps logs for certain numbers of days: the next one that is not shorter, 10 years at most. */
export function retentionOf(days: number): RetentionDays {
  return allowed.find((one) => one >= days) ?? RetentionDays.TEN_YEARS;
}

/** Q.850 causes as Asterisk words them in `Cause-txt`. */
const texts: Readonly<Record<number, string>> = {
  0: 'Unknown',
  1: 'Unallocated (unassigned) number',
  3: 'No route to destination',
  16: 'Normal Clearing',
  17: 'User busy',
  18: 'No user responding',
  19: 'User alerting, no answer',
  20: 'Subscriber absent',
  21: 'Call Rejected',
  26: 'Answered elsewhere',
  34: 'Circuit/channel congestion',
  127: 'Interworking, unspecified',
};

export function causeText(cause: number): string {
  return texts[cause] ?? 'Unknown';
}

/** What Dial leaves in DIALSTATUS, and in DialEnd. */
export type DialStatus = 'ANSWER' | 'BUSY' | 'NOANSWER' | 'CANCEL' | 'CHANUNAVAIL' | 'CONGESTION';

/** `Reason` of OriginateResponse: the control frame that ended the attempt. */
export function originateReason(status: DialStatus): string {
  switch (status) {
    case 'ANSWER':
      return '4';
    case 'BUSY':
      return '5';
    case 'CONGESTION':
      return '8';
    case 'NOANSWER':
    case 'CANCEL':
      return '3';
    case 'CHANUNAVAIL':
      return '0';
  }
}

/** What the lab's dialplan (asterisk/extensions.conf, context `lab`) answers to. */
export const extensions = {
  /** Answered, hung up by Asterisk after 5 s. */
  answered: '100',
  busy: '101',
  /** Rings for 5 s. */
  unanswered: '102',
  /** Answered, lasts until the caller hangs up (10 min at most). */
  long: '103',
  congestion: '104',
  echo: '105',
  /** Sets over 100 variables. */
  varSetFlood: '110',
  /** Sends UserEvent CallAnswered. */
  userEvent: '111',
  /** 3 s of tone, recorded by MixMonitor to <spoolDir>/monitor/<uniqueid>.wav. */
  recorded: '120',
  /** Shown by the name that Odoo knows; needs the globals ODOO_URL and ODOO_LOOKUP_KEY. */
  lookedUp: '130',
  phone1: '200',
  phone2: '201',
  /** Both ring, the first to answer gets the call. */
  bothPhones: '210',
  /** phone1 for 3 s, then phone2. */
  phone1ThenPhone2: '220',
  /** phone1; caller and callee may transfer. */
  transferable: '230',
  /** phone1 for 1 s, then the call ends. */
  briefly: '240',
  /** phone1 for 1 s, then phone2. */
  brieflyThenPhone2: '241',
  /** An endpoint that does not exist. */
  nobody: '250',
  queue: '300',
  /** phone1 through a pair of Local channels. */
  local: '400',
  /** Any number of 6 digits or more: phone2 plays the outside world. */
  outside: '+12025550100',
  /** No such extension. */
  unknown: '999',
} as const;

export type Extension = keyof typeof extensions;

import { dangerousCall, defaultApplications } from './policy-defaults.ts';
import { checkChannel } from './policy-prefixes.ts';
import { refuse } from './policy-refusal.ts';

export interface ApplicationRules {
  applications: readonly string[];
  channels: readonly string[] | undefined;
  contexts: readonly string[] | undefined;
}

const builtIn: ReadonlySet<string> = new Set(defaultApplications.map((name) => name.toLowerCase()));
/** Queue(name,options,URL,announce,timeout | AGI,gosub,…): what follows the fifth runs programs or dialplan. */
const harmlessQueueArguments = 5;

/** Checks Application and Data of an Originate. An application that the owner listed by hand takes any Data. */
export function checkApplication(application: string, data: string, rules: ApplicationRules): void {
  const name = application.toLowerCase();
  if (!rules.applications.some((allowed) => allowed.toLowerCase() === name)) {
    throw refuse(`the application ${application.slice(0, 64)} in Originate`, 'applications');
  }
  // Asterisk drops quotes and backslashes when it splits arguments: they must hide nothing.
  const bare = data.replace(/["\\]/g, '');
  if (dangerousCall.test(bare)) throw refuse('a call of this dialplan function in Data', null);
  if (name === 'dial') checkDial(bare, rules);
  if (!builtIn.has(name)) return;
  // Options with an argument, such as c(context,exten,priority), jump into the dialplan.
  if (/[()]/.test(bare)) throw refuse(`parentheses in the Data of ${application}`, null);
  if (/:\/\//.test(bare)) throw refuse('an address (…://) in Data', null);
  if (/(^|[&,|])\s*\//.test(bare) || bare.includes('..')) {
    throw refuse('a path outside of the sounds folder in Data', null);
  }
  if (
    name === 'queue' &&
    bare
      .split(/[,|]/)
      .slice(harmlessQueueArguments)
      .some((part) => part.trim() !== '')
  ) {
    throw refuse('AGI, Gosub and what follows in the Data of Queue', null);
  }
}

/** Dial is the owner's choice; the prefixes hold for what it dials all the same. */
function checkDial(data: string, { channels, contexts }: ApplicationRules): void {
  if (channels === undefined && contexts === undefined) return;
  const [destinations = ''] = data.split(/[,|]/, 1);
  for (const one of destinations.split('&')) checkChannel(one, channels, contexts);
  // U(), G(), F(), b(), B(), M() run dialplan of any context.
  if (/[()]/.test(data)) throw refuse('options with an argument in the Data of Dial', null);
}

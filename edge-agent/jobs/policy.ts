import type { AmiAction } from '#core/ports/ami.ts';
import { checkApplication } from './policy-applications.ts';
import {
  defaultActions,
  defaultApplications,
  defaultFunctions,
  defaultVariables,
  originateHeaders,
} from './policy-defaults.ts';
import { checkChannel, checkContext } from './policy-prefixes.ts';
import { refuse } from './policy-refusal.ts';
import { checkReadVariables, checkVariables } from './policy-variables.ts';

/**
 * What this PBX's owner lets Odoo do. In each list the entry `default` stands for the built-in list. Listing
 * an application or action by hand trusts Odoo with all that it can do.
 */
export interface PolicySettings {
  /** Job functions; a trailing `*` matches any rest. */
  functions?: readonly string[] | undefined;
  /** AMI actions. */
  actions?: readonly string[] | undefined;
  /** Applications of Originate. */
  applications?: readonly string[] | undefined;
  /** Dialplan functions (`CALLERID(*`) and steering variables that Originate may set. */
  variables?: readonly string[] | undefined;
  /** Prefixes that every channel an action names must have; unset: any channel. */
  channels?: readonly string[] | undefined;
  /** Prefixes that every dialplan context an action names must have; unset: any context. */
  contexts?: readonly string[] | undefined;
}

/** The PBX's own guard; whatever the cloud checked, this checks again. Both throw JOB_REFUSED_BY_POLICY. */
export interface JobPolicy {
  checkFunction(fun: string): void;
  /** Header names in any case, values without CR, LF and NUL (see actionFromDict). */
  checkAction(action: AmiAction): void;
}

const channelHeaders = new Set(
  ['channel', 'extrachannel', 'channel1', 'channel2', 'timeoutchannel', 'announcechannel', 'interface'], // prettier-ignore
);
const contextHeaders = new Set(['context', 'extracontext']);
/** Without a Context these go to one that the action does not name. */
const needContext = new Set(['redirect', 'atxfer', 'blindtransfer']);

export function createPolicy(settings: PolicySettings = {}): JobPolicy {
  const functions = withDefault(settings.functions, defaultFunctions);
  const actions = new Set(withDefault(settings.actions, defaultActions).map((name) => name.toLowerCase()));
  const applications = withDefault(settings.applications, defaultApplications);
  const variables = withDefault(settings.variables, defaultVariables);
  const { channels, contexts } = settings;

  function checkHeader(name: string, value: string): void {
    // AMI evaluates no expressions by itself, but what it hands to the dialplan may be evaluated there. Quotes
    // and backslashes fall away on that way, so they must not hide one.
    if (/\$[{[]/.test(value.replace(/["\\]/g, ''))) {
      throw refuse(`an expression (\${…} or $[…]) in ${name}`, null);
    }
    if (channelHeaders.has(name)) checkChannel(value, channels, contexts);
    if (contextHeaders.has(name)) checkContext(value, contexts);
    if (name === 'variable') checkVariables(value, variables);
    if (name === 'variables') checkReadVariables(value);
  }

  function checkOriginate(headers: ReadonlyMap<string, readonly string[]>): void {
    for (const name of headers.keys()) {
      if (!originateHeaders.has(name)) throw refuse(`the header ${name} of Originate`, null);
    }
    const application = headers.get('application')?.[0]?.trim();
    if (application !== undefined && application !== '') {
      checkApplication(application, headers.get('data')?.[0] ?? '', { applications, channels, contexts });
    } else if (contexts && !headers.has('context')) {
      throw refuse('an Originate without Context', 'contexts');
    }
  }

  return {
    checkFunction(fun) {
      if (!functions.some((pattern) => matches(pattern, fun)))
        throw refuse(`the function ${fun}`, 'functions');
    },
    checkAction(action) {
      const name = action.Action.trim().toLowerCase();
      if (!actions.has(name)) throw refuse(`the AMI action ${action.Action}`, 'actions');
      const headers = headersOf(action);
      for (const [header, values] of headers) for (const value of values) checkHeader(header, value);
      if (name === 'originate') checkOriginate(headers);
      if (name === 'hangup' && headers.get('channel')?.[0]?.trim().startsWith('/')) {
        throw refuse('a Hangup by pattern (name one channel)', null);
      }
      if (contexts && needContext.has(name) && !headers.has('context')) {
        throw refuse(`${action.Action} without Context`, 'contexts');
      }
    },
  };
}

/** Headers by lower-case name. A name that comes in two spellings is refused: Asterisk would take either. */
function headersOf(action: AmiAction): Map<string, readonly string[]> {
  const headers = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(action)) {
    const name = key.trim().toLowerCase();
    if (headers.has(name)) throw refuse(`the header ${key} in two spellings`, null);
    headers.set(name, typeof value === 'string' ? [value] : value);
  }
  return headers;
}

function withDefault(list: readonly string[] | undefined, builtIn: readonly string[]): string[] {
  return (list ?? ['default']).flatMap((entry) => (entry === 'default' ? builtIn : [entry]));
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

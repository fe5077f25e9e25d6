import { parseEventMask } from '../event-classes.ts';
import { parseMatchCriteria, parseRegexFilter } from '../event-filter.ts';
import type { Action, ActionContext } from './action.ts';

async function login({ pbx, session, request, reply }: ActionContext): Promise<void> {
  if (!(await session.login(request.get('Username'), request.get('Secret'), request.get('Key')))) {
    reply.error('Authentication failed');
    session.end();
    return;
  }
  const mask = request.get('Events');
  if (mask !== '') session.setMask(parseEventMask(mask));
  reply.success([['Message', 'Authentication accepted']]);
  if (!session.hears('system')) return;
  const uptime = String(Math.floor((pbx.now() - pbx.startedAt) / 1000));
  session.send([
    ['Event', 'FullyBooted'],
    ['Privilege', 'system,all'],
    ['Uptime', uptime],
    ['LastReload', uptime],
    ['Status', 'Fully Booted'],
  ]);
}

function filter({ session, request, reply }: ActionContext): void {
  if (request.get('Operation').toLowerCase() !== 'add') return reply.error('Unknown operation');
  const criteria = request.get('MatchCriteria');
  const parsed = criteria === '' ? parseRegexFilter(request.get('Filter')) : parseMatchCriteria(criteria);
  if (!parsed) {
    return reply.error('Filter was formatted incorrectly.  Check the syntax of the filter given.');
  }
  session.filters.push(parsed);
  reply.success([['Message', 'Success']]);
}

/** What concerns the session itself. */
export const sessionActions: readonly Action[] = [
  { name: 'Login', synopsis: 'Login Manager.', classes: [], beforeLogin: true, run: login },
  {
    name: 'Challenge',
    synopsis: 'Generate Challenge for MD5 Auth.',
    classes: [],
    beforeLogin: true,
    run({ session, request, reply }) {
      if (request.get('AuthType').toUpperCase() !== 'MD5') return reply.error('Must specify AuthType');
      reply.success([['Challenge', session.newChallenge()]]);
    },
  },
  {
    name: 'Logoff',
    synopsis: 'Logoff Manager.',
    classes: [],
    beforeLogin: true,
    run({ session, reply }) {
      reply.with('Goodbye', [['Message', 'Thanks for all the fish.']]);
      session.end();
    },
  },
  {
    name: 'Events',
    synopsis: 'Control Event Flow.',
    classes: [],
    run({ session, request, reply }) {
      const mask = parseEventMask(request.get('EventMask'));
      session.setMask(mask);
      reply.success([['Events', mask.size > 0 ? 'On' : 'Off']]);
    },
  },
  {
    name: 'Filter',
    synopsis: 'Dynamically add filters for the current manager session.',
    classes: ['system'],
    run: filter,
  },
  {
    name: 'Ping',
    synopsis: 'Keepalive command.',
    classes: [],
    run({ pbx, reply }) {
      reply.success([
        ['Ping', 'Pong'],
        ['Timestamp', pbx.timestamp()],
      ]);
    },
  },
];

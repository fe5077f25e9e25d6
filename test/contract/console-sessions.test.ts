import { createConsoleSessions } from '#standalone/store/console-sessions.ts';
import { describeConsoleSessions } from './console-sessions.ts';

describeConsoleSessions('in memory', createConsoleSessions);

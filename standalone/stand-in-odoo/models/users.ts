import { userId, type ModelMethod } from '../environment.ts';

/** `asterisk_plus_notify(message, title, uid, warning, sticky)`: always True, as in OdooPBX. */
const notify: ModelMethod = (env, args, kwargs) => {
  const value = (index: number, name: string) => args[index] ?? kwargs[name];
  const [message, title, uid] = [value(0, 'message'), value(1, 'title'), value(2, 'uid')];
  env.tables.notifications.create({
    uid: typeof uid === 'number' ? uid : userId,
    title: typeof title === 'string' ? title : 'PBX',
    message: typeof message === 'string' ? message : JSON.stringify(message),
    warning: value(3, 'warning') === true,
    at: env.clock.now(),
  });
  return true;
};

export const userMethods: Readonly<Record<string, ModelMethod>> = {
  asterisk_plus_notify: notify,
  context_get: () => ({ lang: 'en_US', tz: 'UTC', uid: userId }),
};

import { expect, it } from 'vitest';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { routeEventsSettingsSchema } from '#lambdas/route-events/settings.ts';

const odoo = { url: 'https://odoo.example.com', db: 'acme', login: 'pbx', timeoutSeconds: 60 };
const environment = {
  PLATFORM: 'odoopbx',
  TENANT: 'acme',
  JOBS_TABLE: 'odoopbx-jobs',
  PBX_TABLE: 'odoopbx-pbx',
  JOB_QUEUE_URL_BASE: 'https://sqs.eu-central-1.amazonaws.com/1/odoopbx-jobs-',
  INBOX_URL: 'https://sqs.eu-central-1.amazonaws.com/1/odoopbx-inbox-acme.fifo',
  PARKED_URL: 'https://sqs.eu-central-1.amazonaws.com/1/odoopbx-parked-acme.fifo',
  ODOO: JSON.stringify({ ...odoo, logins: { shop: 'pbx-shop' } }),
};

it('reads what the stack writes', () => {
  const settings = parseFunctionSettings(routeEventsSettingsSchema, environment);
  expect(settings.ODOO).toEqual({
    ...odoo,
    allowHttp: false,
    allowPrivateAddress: false,
    logins: { shop: 'pbx-shop' },
  });
});

it('names all that is wrong at once', () => {
  const wrong = { ...environment, TENANT: 'Acme!', ODOO: '{', INBOX_URL: undefined };
  expect(() => parseFunctionSettings(routeEventsSettingsSchema, wrong)).toThrow(
    /TENANT.*INBOX_URL.*ODOO: is not JSON/s,
  );
});

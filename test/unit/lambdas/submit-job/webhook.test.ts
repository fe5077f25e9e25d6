import { describe, expect, it } from 'vitest';
import { webhookConfigSchema } from '#core/contracts/webhook.ts';
import { submitWebhook } from '#lambdas/submit-job/webhook.ts';
import type { WebhookDeps } from '#lambdas/submit-job/webhook.ts';
import { doorDeps, doorKey } from '#test/support/door-fixtures.ts';

const config = webhookConfigSchema.parse({
  phoneFields: ['mobile', 'phone'],
  extensionField: 'x_extension',
  context: 'from-internal',
});
const payload = {
  _action: 'Send webhook notification(#12)',
  _id: 14,
  _model: 'res.partner',
  mobile: false,
  phone: '+49 (30) 123-456',
  x_extension: '101',
};

function deps(changes: Partial<Pick<WebhookDeps, 'webhookOf'>> = {}) {
  return { ...doorDeps(), webhookOf: () => config, ...changes };
}

describe('the webhook', () => {
  it('rings the extension, then dials the first number that is filled', async () => {
    const bench = deps();
    const answer = await submitWebhook(doorKey, JSON.stringify(payload), bench);
    expect(answer.status).toBe(202);
    expect(bench.queue.sent[0]).toMatchObject({
      pbx: 'acme_hq',
      job: {
        fun: 'asterisk.manager_action',
        args: [
          {
            Action: 'Originate',
            Channel: 'PJSIP/101',
            Context: 'from-internal',
            Exten: '+4930123456',
            Priority: '1',
            Async: 'true',
          },
        ],
      },
    });
  });

  it('takes a fixed extension', async () => {
    const fixed = webhookConfigSchema.parse({ extension: '200', channel: 'SIP/{extension}', context: 'c' });
    const bench = deps({ webhookOf: () => fixed });
    await submitWebhook(doorKey, JSON.stringify({ _id: 1, _model: 'crm.lead', phone: 911 }), bench);
    expect(bench.queue.sent[0]?.job.args).toMatchObject([{ Channel: 'SIP/200', Exten: '911' }]);
  });

  it.each([
    ['no number', { ...payload, phone: false }, 400, /no number to dial/],
    ['a number with letters', { ...payload, phone: '101,System(rm)' }, 400, /not a phone number/],
    ['a header in the number', { ...payload, phone: '1\r\nAction: Command' }, 400, /not a phone number/],
    ['no extension', { ...payload, x_extension: false }, 400, /no extension to ring/],
    [
      'an extension that leaves the endpoint',
      { ...payload, x_extension: '101@evil' },
      400,
      /not an extension/,
    ],
    ['another payload', { hello: 1 }, 400, /payload of Odoo's webhook action/],
  ])('refuses %s', async (_, body, status, problem) => {
    const bench = deps();
    const answer = await submitWebhook(doorKey, JSON.stringify(body), bench);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(problem);
    expect(bench.queue.sent).toEqual([]);
  });

  it('refuses unknown keys, PBXs that take no webhooks, and offline ones', async () => {
    const text = JSON.stringify(payload);
    expect((await submitWebhook('nobody', text, deps())).status).toBe(401);
    expect((await submitWebhook(doorKey, text, deps({ webhookOf: () => undefined }))).status).toBe(403);
    const late = deps();
    late.clock.advance(200_000);
    expect((await submitWebhook(doorKey, text, late)).status).toBe(503);
  });
});

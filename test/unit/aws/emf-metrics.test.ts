import { expect, it } from 'vitest';
import { createEmfMetrics } from '#aws/emf-metrics.ts';

function recorded() {
  const lines: string[] = [];
  const metrics = createEmfMetrics({
    platform: 'odoopbx',
    now: () => 1_790_000_000_000,
    write: (line) => lines.push(line),
  });
  return { metrics, objects: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

it('writes one object per tenant, with the sums and what CloudWatch must know to read them', () => {
  const { metrics, objects } = recorded();
  metrics.of('acme').count('AgentsSilent', 0);
  metrics.of('acme').count('odoo.call');
  metrics.of('acme').count('odoo.call', 2);
  metrics.of('other').count('odoo.call');
  metrics.publish();
  expect(objects()).toEqual([
    {
      _aws: {
        Timestamp: 1_790_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'OdooPBX',
            Dimensions: [['platform', 'tenant']],
            Metrics: [
              { Name: 'AgentsSilent', Unit: 'Count' },
              { Name: 'odoo.call', Unit: 'Count' },
            ],
          },
        ],
      },
      platform: 'odoopbx',
      tenant: 'acme',
      AgentsSilent: 0,
      'odoo.call': 3,
    },
    expect.objectContaining({ tenant: 'other', 'odoo.call': 1 }),
  ]);
});

it('has the platform alone as its dimension where there is no tenant', () => {
  const { metrics, objects } = recorded();
  metrics.of().count('StatusRefused');
  metrics.publish();
  expect(objects()).toEqual([expect.objectContaining({ platform: 'odoopbx', StatusRefused: 1 })]);
  expect(objects()[0]).not.toHaveProperty('tenant');
  expect(JSON.stringify(objects()[0]?.['_aws'])).toContain('[["platform"]]');
});

it('writes nothing where nothing was counted, and nothing twice', () => {
  const { metrics, objects } = recorded();
  metrics.publish();
  metrics.of('acme').count('odoo.call');
  metrics.publish();
  metrics.publish();
  expect(objects()).toHaveLength(1);
});

it('puts no more into one object than CloudWatch takes', () => {
  const { metrics, objects } = recorded();
  for (let at = 0; at < 150; at += 1) metrics.of('acme').count(`metric${at}`);
  metrics.publish();
  expect(objects()).toHaveLength(2);
  expect(objects()[1]).toMatchObject({ metric149: 1 });
});

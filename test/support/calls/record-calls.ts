/**
 * Records the calls of scenarios.ts anew on the lab (npm run lab -- up), for the addon's tests, into
 * odoo-addons/asterisk_plus/tests/fixtures/calls.json.gz. Takes about ten minutes.
 *
 * Usage: node test/support/calls/record-calls.ts [SCENARIO [OUT]]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AmiEvent } from '#core/contracts/ami-event.ts';
import { writtenStatus } from '#scripts/lab/lab-status.ts';
import { startPhone } from '#scripts/lab/sipp.ts';
import { startAmiRecording, type AmiRecording } from './ami-recording.ts';
import { scenarios, type Scenario } from './scenarios.ts';

const fixture = join(import.meta.dirname, '../../../odoo-addons/asterisk_plus/tests/fixtures/calls.json.gz');
const [chosen = '', out = fixture] = process.argv.slice(2);

const lab = writtenStatus();
if (lab?.state !== 'running') throw new Error('the lab does not run: npm run lab -- up');
const recording = await startAmiRecording(lab);
const sequences = [];
try {
  for (const scenario of scenarios.filter(({ name }) => chosen === '' || name === chosen)) {
    const { name, users, expected } = scenario;
    for (const events of await recordAll(recording, scenario)) {
      sequences.push({ scenario: name, users, expected, events });
    }
    process.stdout.write(`${name}: ${sequences.length} calls so far\n`);
  }
} finally {
  await recording.stop();
}
const content = { asterisk: lab.versions.asterisk, sequences };
writeFileSync(out, gzipSync(JSON.stringify(content), { level: 9 }));

async function recordAll(recording: AmiRecording, scenario: Scenario): Promise<AmiEvent[][]> {
  const phones = await Promise.all(scenario.phones.map((phone) => startPhone(phone)));
  const recorded: AmiEvent[][] = [];
  try {
    for (let call = 0; call < scenario.times; call++) {
      const number = `+120255501${String(10 + ((sequences.length + call) % 90))}`;
      await scenario.place(recording, { number, name: 'Zoë Müller' });
      recorded.push(await recording.cut());
    }
  } finally {
    await Promise.all(phones.map((phone) => phone.stop()));
  }
  return recorded;
}

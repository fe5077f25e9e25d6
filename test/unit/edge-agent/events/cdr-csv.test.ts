import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cdrOf, CdrCsvReader } from '#edge-agent/events/cdr-csv.ts';

/** As cdr_csv.c writes a record: texts in quotes, a quote doubled, numbers bare. */
function csvLine(fields: readonly (string | number)[]): string {
  return `${fields.map((field) => (typeof field === 'number' ? field : `"${field.replaceAll('"', '""')}"`)).join(',')}\n`;
}

const record = [
  ...`,101,102,from-internal,"Zoë; ""Q""" <101>,PJSIP/101-1,PJSIP/102-2,Dial,PJSIP/102;30`.split(','),
  ...'2026-11-22 20:00:00,2026-11-22 20:00:05,2026-11-22 20:00:30'.split(','),
  30,
  25,
  ...'ANSWERED,DOCUMENTATION,hq-1763840000.10'.split(','),
];

test('any texts, read in any chunks, come out as they were', () => {
  const texts = fc.array(
    fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('"', ',', '\n', '')), {
      minLength: 1,
      maxLength: 5,
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 50 }), (records, size) => {
      const bytes = Buffer.from(records.map(csvLine).join(''));
      const reader = new CdrCsvReader();
      const read: string[][] = [];
      for (let at = 0; at < bytes.length; at += size)
        read.push(...reader.push(bytes.subarray(at, at + size)));
      expect(read).toEqual(records.map((fields) => fields.map((field) => Buffer.from(field).toString())));
      expect(reader.consumed).toBe(bytes.length);
    }),
  );
});

test('a record that is not whole waits', () => {
  const reader = new CdrCsvReader();
  const line = Buffer.from(csvLine(record));
  expect(reader.push(line.subarray(0, -1))).toEqual([]);
  expect(reader.consumed).toBe(0);
  expect(reader.push(line.subarray(-1))).toHaveLength(1);
  expect(reader.consumed).toBe(line.length);
});

test('a quote that nothing closes does not swallow the rest', () => {
  const reader = new CdrCsvReader();
  const lines = csvLine(record).repeat(1000);
  const records = reader.push(Buffer.from(`"torn\n${lines}`));
  expect(records.length).toBeGreaterThan(0);
  expect(reader.push(Buffer.from(csvLine(record)))).toEqual([record.map(String)]);
});

test('the columns get the names of AMI’s headers', () => {
  expect(cdrOf(record.map(String))).toEqual({
    AccountCode: '',
    Source: '101',
    Destination: '102',
    DestinationContext: 'from-internal',
    CallerID: '"Zoë; ""Q""" <101>',
    Channel: 'PJSIP/101-1',
    DestinationChannel: 'PJSIP/102-2',
    LastApplication: 'Dial',
    LastData: 'PJSIP/102;30',
    StartTime: '2026-11-22 20:00:00',
    AnswerTime: '2026-11-22 20:00:05',
    EndTime: '2026-11-22 20:00:30',
    Duration: '30',
    BillableSeconds: '25',
    Disposition: 'ANSWERED',
    AMAFlags: 'DOCUMENTATION',
    UniqueID: 'hq-1763840000.10',
    UserField: '',
  });
});

test('the user field and the newer columns', () => {
  const fields = record.map(String);
  expect(cdrOf([...fields, 'mine'])?.['UserField']).toBe('mine');
  expect(cdrOf([...fields, 'peer', 'linked', '3'])?.['UserField']).toBe('');
  expect(cdrOf([...fields, 'mine', 'peer', 'linked', '3'])?.['UserField']).toBe('mine');
});

test('a uniqueid may be any text: an Originate names its channel as it likes', () => {
  const fields = [...record.slice(0, 16).map(String), '128282c9-c6eb-4538-a005-b438cb37843f', ''];
  expect(cdrOf(fields)?.['UniqueID']).toBe('128282c9-c6eb-4538-a005-b438cb37843f');
});

test('a record without a uniqueid is none', () => {
  expect(cdrOf(record.map(String).slice(0, 16))).toBeUndefined();
  expect(cdrOf([...record.map(String).slice(0, 16), ''])).toBeUndefined();
  expect(cdrOf([])).toBeUndefined();
});

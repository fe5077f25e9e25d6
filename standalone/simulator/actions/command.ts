import type { SimulatedPbx } from '../pbx.ts';
import { asteriskVersion } from '../settings.ts';
import type { Action, ActionContext } from './action.ts';

function showChannels(pbx: SimulatedPbx): string[] {
  const rows = [...pbx.channels.values()].map((channel) =>
    [
      channel.name.padEnd(64),
      `${channel.exten}@${channel.context}:${channel.priority}`.padEnd(32),
      channel.stateName.padEnd(7),
      `${channel.application}(${channel.applicationData})`,
    ].join(' '),
  );
  const head = ['Channel'.padEnd(64), 'Location'.padEnd(32), 'State'.padEnd(7), 'Application(Data)'].join(
    ' ',
  );
  return [head, ...rows, ...countChannels(pbx)];
}

function noun(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function countChannels(pbx: SimulatedPbx): string[] {
  const calls = new Set([...pbx.channels.values()].map((channel) => channel.linkedid)).size;
  return [
    noun(pbx.channels.size, 'active channel'),
    noun(calls, 'active call'),
    `${noun(pbx.callsProcessed, 'call')} processed`,
  ];
}

function showEndpoints(pbx: SimulatedPbx): string[] {
  const rows = pbx.settings.extensions.flatMap((extension) => {
    const busy = [...pbx.channels.keys()].filter((name) =>
      name.startsWith(`PJSIP/${extension.number}-`),
    ).length;
    const state = extension.habit === 'offline' ? 'Unavailable' : busy > 0 ? 'In use' : 'Not in use';
    return [
      ` Endpoint:  ${`${extension.number}/${extension.number}`.padEnd(53)} ${state.padEnd(13)} ${busy} of inf`,
      `        Aor:  ${extension.number.padEnd(50)} 1`,
      '',
    ];
  });
  return [
    '',
    ' Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>',
    '        Aor:  <Aor............................................>  <MaxContact>',
    '='.repeat(90),
    '',
    ...rows,
    `Objects found: ${pbx.settings.extensions.length}`,
    '',
  ];
}

function uptime(pbx: SimulatedPbx): string[] {
  const seconds = Math.floor((pbx.now() - pbx.startedAt) / 1000);
  const minutes = Math.floor(seconds / 60);
  const text = minutes > 0 ? `${minutes} minutes, ${seconds % 60} seconds` : `${seconds} seconds`;
  return [`System uptime: ${text}`, `Last reload: ${text}`];
}

const commands: Readonly<Record<string, (pbx: SimulatedPbx) => string[]>> = {
  'core show version': () => [`Asterisk ${asteriskVersion} built by simulator @ localhost on a Linux`],
  'core show channels': showChannels,
  'core show channels concise': (pbx) =>
    [...pbx.channels.values()].map((channel) =>
      [
        channel.name,
        channel.context,
        channel.exten,
        channel.priority,
        channel.stateName,
        channel.application,
        channel.applicationData,
        channel.callerNum,
        '',
        '',
        '3',
        Math.floor((pbx.now() - channel.createdAt) / 1000),
        channel.bridgeId,
        channel.uniqueid,
      ].join('!'),
    ),
  'core show channels count': countChannels,
  'core show uptime': uptime,
  'core ping': () => [],
  'pjsip show endpoints': showEndpoints,
};

function command({ pbx, request, reply }: ActionContext): void {
  const line = request.get('Command').trim().replace(/\s+/g, ' ');
  if (line === '') return reply.error('No command provided');
  const found = Object.hasOwn(commands, line) ? commands[line] : undefined;
  const output = found?.(pbx) ?? [
    `No such command '${line}' (type 'core show help ${line}' for other possible commands)`,
  ];
  reply.with(found ? 'Success' : 'Error', [
    ['Message', 'Command output follows'],
    ...output.map((text) => ['Output', text] as const),
  ]);
}

/** A few commands of Asterisk's console, with the `Output:` headers of version 14 and later. */
export const commandAction: Action = {
  name: 'Command',
  synopsis: 'Execute Asterisk CLI Command.',
  classes: ['command'],
  run: command,
};

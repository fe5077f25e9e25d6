/**
 * Records what Asterisk writes to an AMI session, byte for byte, for test/fixtures/ami.
 * Usage: node test/support/record-ami.ts HOST PORT USER SECRET EVENTMASK SECONDS OUT [ACTION-FILE]
 * An action file holds the actions to send after login, with LF line ends and a blank line after each.
 */
import { createConnection } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';

const [host, port, username, secret, mask, seconds, out, actionFile] = process.argv.slice(2);
const chunks: Buffer[] = [];
const socket = createConnection({ host: host ?? '127.0.0.1', port: Number(port) });
socket.on('data', (chunk) => chunks.push(chunk));
socket.write(
  `Action: Login\r\nActionID: login\r\nUsername: ${username}\r\nSecret: ${secret}\r\nEvents: ${mask}\r\n\r\n`,
);
if (actionFile !== undefined)
  setTimeout(
    () => socket.write(readFileSync(actionFile, 'utf8').trimEnd().replaceAll('\n', '\r\n') + '\r\n\r\n'),
    2000,
  );
setTimeout(
  () => {
    socket.destroy();
    writeFileSync(out ?? 'out.ami', Buffer.concat(chunks));
  },
  Number(seconds) * 1000,
);

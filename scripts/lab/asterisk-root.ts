import { bareDebian, packages } from './debian-root.ts';
import { buildRoot } from './build-steps.ts';
import type { BuildStep } from './build-steps.ts';
import { runInRoot } from './chroot.ts';
import { stopServices } from './service.ts';
import { asteriskTimeZone, paths } from './settings.ts';

const root = paths.asteriskRoot;
const name = 'Asterisk root';

const motoCloudFormation = [
  'python3-aws-xray-sdk',
  'python3-docker',
  'python3-graphql-core',
  'python3-joserfc',
  'python3-jsondiff',
  'python3-openapi-spec-validator',
  'python3-pyparsing',
  'python3-yaml',
];

/** Debian sid: Asterisk 22, sipp, and a moto that is recent enough. */
export async function buildAsteriskRoot(): Promise<void> {
  await buildRoot(
    root,
    [
      bareDebian(name, root, 'sid'),
      packages(name, root, ['asterisk', 'asterisk-modules', 'tzdata', 'sip-tester']),
      packages(name, root, ['python3-moto', 'python3-flask', 'python3-flask-cors']),
      timeZone(),
      // moto reads an event by JSONPath before it sends it to a rule's target.
      packages(name, root, ['python3-jsonpath-ng']),
      // moto's CloudFormation loads all its services, and they what they work with.
      packages(name, root, motoCloudFormation),
    ],
    () => stopServices(['asterisk', 'moto']),
  );
}

function timeZone(): BuildStep {
  return {
    name: `${name}: time zone ${asteriskTimeZone}`,
    recipe: asteriskTimeZone,
    build: async () => {
      const zone = `/usr/share/zoneinfo/${asteriskTimeZone}`;
      await runInRoot({ root }, ['ln', '-sf', zone, '/etc/localtime']);
    },
  };
}

/** The text of an agent's configuration: a new one, or one that is there with another identity. */
import { type Document, isMap, parseDocument, stringify } from 'yaml';
import type { CloudAddress } from '#core/contracts/enrollment.ts';
import type { PbxId } from '#core/contracts/names.ts';

export interface CloudSection extends CloudAddress {
  /** From the configuration's folder. */
  certificateFile: string;
  keyFile: string;
  caFile?: string;
  proxy?: string;
}

export interface AmiSection {
  host: string;
  port: number;
  events: { username: string; secretFile: string };
  actions: { username: string; secretFile: string };
}

/** As a person writes it: no line is folded, `[default]` keeps its form. */
const format = { lineWidth: 0, flowCollectionPadding: false } as const;

const cloudComment = ` Written by odoopbx-agent enroll: where the platform is and who this PBX is there. Enrolling anew replaces it.`;

export function newConfigText(pbx: PbxId, stateDir: string, ami: AmiSection, cloud: CloudSection): string {
  return `# The agent of ${pbx}. docs/agent.md and edge-agent/config/example.yaml tell every setting;
# odoopbx-agent check-config --config FILE lists every problem.

pbx: ${pbx}

# Events and results wait here until the cloud has them. One folder per agent.
${stringify({ stateDir }, format)}
# Asterisk's manager interface. odoopbx-agent setup-ami makes these users in Asterisk.
${stringify({ ami }, format)}
#${cloudComment}
${stringify({ cloud }, format)}
# What Odoo may do on this PBX; default stands for the built-in lists.
policy:
  functions: [default]
  actions: [default]
`;
}

/** A configuration that is there, with another `cloud` section; everything else and its comments stay. */
export function withCloud(text: string, cloud: CloudSection): string {
  const document = parseDocument(text);
  const section = document.get('cloud');
  if (!isMap(section)) {
    const node = document.createNode({ ...cloud });
    node.commentBefore = cloudComment;
    document.set('cloud', node);
    return document.toString(format);
  }
  // What an earlier enrolment, or a person, gave in another form would contradict the new identity.
  for (const key of ['certificate', 'certificateEnv', 'key', 'keyEnv']) section.delete(key);
  for (const [key, value] of Object.entries(cloud)) section.set(key, value);
  return document.toString(format);
}

/** A configuration that is there, with the address that AMI was found at. */
export function withAmiAddress(text: string, { host, port }: { host: string; port: number }): string {
  const document = parseDocument(text);
  document.setIn(['ami', 'host'], host);
  document.setIn(['ami', 'port'], port);
  return document.toString(format);
}

/** Why enrolling `pbx` must not touch this file, or undefined where it may. */
export function conflictIn(text: string, pbx: PbxId): string | undefined {
  const document: Document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return 'it is no YAML mapping';
  const found = document.get('pbx');
  if (found !== pbx) return `it is the configuration of ${typeof found === 'string' ? found : 'no PBX'}`;
  if (document.has('odoo')) return 'it is a standalone system, straight with its Odoo (section odoo)';
  return undefined;
}

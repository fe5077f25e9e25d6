import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  type IoTClient,
  ListAttachedPoliciesCommand,
  ListThingPrincipalsCommand,
  ResourceNotFoundException,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import type { PbxId } from '#core/contracts/names.ts';

export interface Certificate {
  readonly id: string;
  readonly arn: string;
  /** As AWS IoT spells it: `ACTIVE`, `INACTIVE`, `REVOKED`. */
  readonly status: string;
  readonly policies: readonly string[];
}

/** IoT things and the certificates that are attached to them. */
export interface Identities {
  exists(pbx: PbxId): Promise<boolean>;
  certificates(pbx: PbxId): Promise<Certificate[]>;
  /**
   * Deactivates every certificate of the PBX and detaches it from the thing and its policies: the agent gets no
   * new credentials (those it has live on for at most their lifetime). Returns the certificates' ids.
   */
  cutOff(pbx: PbxId): Promise<string[]>;
}

export function iotIdentities(client: IoTClient): Identities {
  const certificates = async (pbx: PbxId): Promise<Certificate[]> =>
    Promise.all((await principalsOf(client, pbx)).map((arn) => describe(client, arn)));
  return {
    exists: async (pbx) =>
      (await orUndefined(client.send(new DescribeThingCommand({ thingName: pbx })))) !== undefined,
    certificates,
    async cutOff(pbx) {
      const found = await certificates(pbx);
      for (const { id, arn, policies } of found) {
        // First what takes effect at once.
        await client.send(new UpdateCertificateCommand({ certificateId: id, newStatus: 'INACTIVE' }));
        for (const policyName of policies)
          await client.send(new DetachPolicyCommand({ policyName, target: arn }));
        await client.send(new DetachThingPrincipalCommand({ thingName: pbx, principal: arn }));
      }
      return found.map(({ id }) => id);
    },
  };
}

async function principalsOf(client: IoTClient, pbx: PbxId): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await orUndefined(
      client.send(new ListThingPrincipalsCommand({ thingName: pbx, nextToken: token })),
    );
    found.push(...(page?.principals ?? []));
    token = page?.nextToken;
  } while (token);
  return found.filter((arn) => arn.includes(':cert/'));
}

async function describe(client: IoTClient, arn: string): Promise<Certificate> {
  const id = arn.slice(arn.indexOf(':cert/') + ':cert/'.length);
  const [certificate, attached] = await Promise.all([
    client.send(new DescribeCertificateCommand({ certificateId: id })),
    client.send(new ListAttachedPoliciesCommand({ target: arn })),
  ]);
  return {
    id,
    arn,
    status: certificate.certificateDescription?.status ?? 'UNKNOWN',
    policies: (attached.policies ?? []).flatMap(({ policyName }) => policyName ?? []),
  };
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

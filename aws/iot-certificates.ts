import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CertificateStatus,
  CreateCertificateFromCsrCommand,
  DeleteCertificateCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  ListThingPrincipalsCommand,
  UpdateCertificateCommand,
  type IoTClient,
} from '@aws-sdk/client-iot';
import type { PbxId } from '#core/contracts/names.ts';

export interface IotCertificate {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly arn: string;
  readonly pem: string;
}

export interface IotCertificatesOptions {
  readonly client: IoTClient;
  /** Name of the IoT policy of all agents. */
  readonly policy: string;
}

/** Certificates of AWS IoT; the thing is named as the PBX. Every method rejects with what the SDK throws. */
export interface IotCertificates {
  /** Signs the request. The certificate can do nothing yet: it is inactive and nobody's. */
  create(csrPem: string): Promise<IotCertificate>;
  /** Gives it the agents' policy and the PBX's thing. ResourceNotFoundException where the thing is not deployed. */
  attach(certificate: Pick<IotCertificate, 'arn'>, pbx: PbxId): Promise<void>;
  activate(id: string): Promise<void>;
  /** Cuts off every other certificate of the PBX: inactive, without policy, and taken from its thing. Returns their ids. */
  cutOffOthers(pbx: PbxId, keepId?: string): Promise<string[]>;
  /** Undoes `create`, and `attach` and `activate` as far as they came. */
  discard(certificate: Pick<IotCertificate, 'id' | 'arn'>, pbx: PbxId): Promise<void>;
  /** Host of the credential provider, where the agents get their credentials. */
  credentialsEndpoint(): Promise<string>;
}

export function createIotCertificates({ client, policy }: IotCertificatesOptions): IotCertificates {
  const setStatus = async (certificateId: string, newStatus: CertificateStatus): Promise<void> => {
    await client.send(new UpdateCertificateCommand({ certificateId, newStatus }));
  };

  async function principalsOf(thingName: string): Promise<string[]> {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new ListThingPrincipalsCommand({ thingName, nextToken }));
      found.push(...(page.principals ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }

  return {
    async create(csrPem) {
      const made = await client.send(
        new CreateCertificateFromCsrCommand({ certificateSigningRequest: csrPem, setAsActive: false }),
      );
      const { certificateId: id, certificateArn: arn, certificatePem: pem } = made;
      if (id === undefined || arn === undefined || pem === undefined) {
        throw new Error('AWS IoT made no certificate');
      }
      return { id, arn, pem };
    },

    async attach({ arn }, pbx) {
      await client.send(new AttachThingPrincipalCommand({ thingName: pbx, principal: arn }));
      await client.send(new AttachPolicyCommand({ policyName: policy, target: arn }));
    },

    activate: (id) => setStatus(id, CertificateStatus.ACTIVE),

    async cutOffOthers(pbx, keepId) {
      const others: string[] = [];
      for (const principal of await principalsOf(pbx)) {
        const id = /:cert\/([0-9a-f]+)$/.exec(principal)?.[1];
        if (id === undefined || id === keepId) continue;
        await setStatus(id, CertificateStatus.INACTIVE);
        // Activated again by mistake it still could do nothing; and a policy that is attached can not be deleted.
        await client.send(new DetachPolicyCommand({ policyName: policy, target: principal }));
        // Last, so that another try finds it again.
        await client.send(new DetachThingPrincipalCommand({ thingName: pbx, principal }));
        others.push(id);
      }
      return others;
    },

    async discard({ id, arn }, pbx) {
      // First of all it must not open anything; each step is done whatever became of the one before.
      const steps = [
        () => setStatus(id, CertificateStatus.INACTIVE),
        () => client.send(new DetachThingPrincipalCommand({ thingName: pbx, principal: arn })),
        () => client.send(new DetachPolicyCommand({ policyName: policy, target: arn })),
        () => client.send(new DeleteCertificateCommand({ certificateId: id })),
      ];
      let last: unknown;
      for (const step of steps) {
        try {
          await step();
          last = undefined;
        } catch (error) {
          last = error;
        }
      }
      // Deleted, it is gone with all that was attached.
      if (last !== undefined) throw last;
    },

    async credentialsEndpoint() {
      const { endpointAddress } = await client.send(
        new DescribeEndpointCommand({ endpointType: 'iot:CredentialProvider' }),
      );
      if (endpointAddress === undefined) throw new Error('AWS IoT named no credential provider');
      return endpointAddress;
    },
  };
}

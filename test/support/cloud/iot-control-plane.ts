import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  IoTClient,
  RegisterCertificateWithoutCACommand,
} from '@aws-sdk/client-iot';
import { X509Certificate, createHash } from 'node:crypto';
import type { KeyedCertificate, TestCa } from '#test/support/test-ca.ts';
import type { Intercept } from './aws-gate.ts';
import { emulatorClient } from './emulator-calls.ts';

/** AWS IoT's control plane where moto's is not as on AWS. */
export interface IotControlPlane {
  /** For the gate. */
  readonly intercept: Intercept;
  certificateIdOf(der: Buffer): string | undefined;
  /** A thing's certificate without an enrolment. */
  identify(thing: string, policyName: string): Promise<KeyedCertificate>;
}

/**
 * moto's own certificates do not hold the key of the request: here the test's authority signs it, and moto
 * registers the certificate, so that its state, thing and policies are moto's. `credentialsEndpoint` is what
 * DescribeEndpoint tells.
 */
export function createIotControlPlane(
  emulatorUrl: string,
  region: string,
  ca: TestCa,
  credentialsEndpoint: () => string,
): IotControlPlane {
  const iot = new IoTClient(emulatorClient(emulatorUrl, region));
  /** By the hash of the certificate; moto's id is a hash of its text. */
  const ids = new Map<string, string>();

  async function register(certificatePem: string, status: 'ACTIVE' | 'INACTIVE') {
    const { certificateArn = '', certificateId = '' } = await iot.send(
      new RegisterCertificateWithoutCACommand({ certificatePem, status }),
    );
    ids.set(hashOf(new X509Certificate(certificatePem).raw), certificateId);
    return { certificateArn, certificateId, certificatePem };
  }

  const createFromRequest = async (csr: string, active: boolean) =>
    register((await ca.signRequest(csr)).certificatePem, active ? 'ACTIVE' : 'INACTIVE');

  return {
    certificateIdOf: (der) => ids.get(hashOf(der)),
    async identify(thingName, policyName) {
      const issued = await ca.clientCertificate(thingName);
      const { certificateArn } = await register(issued.certificatePem, 'ACTIVE');
      await iot.send(new AttachPolicyCommand({ policyName, target: certificateArn }));
      await iot.send(new AttachThingPrincipalCommand({ thingName, principal: certificateArn }));
      return issued;
    },
    intercept({ service, method, path, input }) {
      if (service !== 'iot' && service !== 'execute-api') return undefined;
      if (method === 'POST' && path.startsWith('/certificates?')) {
        const active = path.includes('setAsActive=true');
        return createFromRequest(String(input['certificateSigningRequest']), active).then(ok);
      }
      if (path === '/certificates' && method === 'POST') {
        return createFromRequest(String(input['certificateSigningRequest']), false).then(ok);
      }
      if (path.startsWith('/endpoint')) {
        if (!path.includes('iot:CredentialProvider') && !path.includes('iot%3ACredentialProvider'))
          return undefined;
        return Promise.resolve(ok({ endpointAddress: credentialsEndpoint() }));
      }
      return undefined;
    },
  };
}

const ok = (body: object) => ({ status: 200, body: JSON.stringify(body) });

const hashOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

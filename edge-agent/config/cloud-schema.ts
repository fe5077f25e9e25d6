import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { cloudAddressSchema } from '#core/contracts/enrollment.ts';
import { unresolved } from './external-values.ts';

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const badProxy = 'must be an address such as http://proxy.example.com:3128, or false';

const endpointSchema = z
  .url({ protocol: /^https?$/, error: 'must be an https address' })
  .refine(
    (url) => url.startsWith('https:') || loopback.test(URL.parse(url)?.hostname ?? ''),
    'must be https: the session token would cross the network in the clear',
  )
  .optional();

/**
 * Cloud mode: where the platform is (`odoopbx-agent enroll` writes it) and who this PBX is there. The
 * certificate and its key are PEM; as `certificateFile` and `keyFile` they are read again when the files
 * change.
 */
export const cloudConfigSchema = z
  .strictObject(
    {
      ...cloudAddressSchema.shape,
      certificate: z.string({ error: 'must be a PEM certificate (certificateFile: …)' }),
      key: z.string({ error: 'must be its private key in PEM (keyFile: …)' }),
      /** Filled in by the reader where the two came from files. */
      certificatePath: z.string().optional(),
      keyPath: z.string().optional(),
      /** Authorities (PEM) that are trusted besides Node's own, as of a proxy that looks into TLS. */
      ca: z.string().optional(),
      /** CONNECT proxy instead of HTTPS_PROXY's; false: none, whatever the environment says. */
      proxy: z
        .union([z.literal(false), z.url({ protocol: /^https?$/, error: badProxy })], { error: badProxy })
        .optional(),
      /** In place of AWS's own: VPC endpoints, emulators. */
      endpoints: z.strictObject({ events: endpointSchema, sqs: endpointSchema }).prefault({}),
    },
    { error: 'must be a mapping of settings' },
  )
  .superRefine(checkIdentity);
export type CloudConfig = z.output<typeof cloudConfigSchema>;

function checkIdentity(
  { certificate, key }: { certificate: string; key: string },
  context: z.RefinementCtx,
): void {
  // Reported already.
  if (certificate === unresolved || key === unresolved) return;
  const add = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  const parsed = attempt(() => new X509Certificate(certificate));
  const privateKey = attempt(() => createPrivateKey(key));
  if (!parsed) add('certificate', 'must be a PEM certificate');
  if (!privateKey) add('key', 'must be a private key in PEM, without a passphrase');
  if (parsed && privateKey && !parsed.checkPrivateKey(privateKey)) {
    add('key', 'does not belong to the certificate');
  }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

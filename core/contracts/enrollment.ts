/** How an agent gets its identity: `POST /enroll` with a one-time code and a certificate signing request. */
import * as z from 'zod';
import { pbxIdSchema } from './names.ts';

/** 128 random bits as 26 letters of Crockford's base 32, in groups for people's eyes: `K7Q2M-…`. */
export const enrollmentCodeSchema = z
  .string()
  .transform((text) => text.toUpperCase().replaceAll(/[\s-]/g, ''))
  .pipe(z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'an enrolment code is 26 letters and digits'));

export const enrollmentRequestSchema = z.strictObject({
  code: enrollmentCodeSchema,
  /** PKCS#10, PEM. */
  csr: z
    .string()
    .max(8192)
    .regex(/^-----BEGIN CERTIFICATE REQUEST-----\s[\s\S]+-----END CERTIFICATE REQUEST-----\s*$/, 'a PEM CSR'),
});
export type EnrollmentRequest = z.output<typeof enrollmentRequestSchema>;

/** What the agent's `cloud` section says of its platform. */
export const cloudAddressSchema = z.object({
  region: z
    .string({ error: 'must be an AWS region such as eu-central-1' })
    .max(32)
    .regex(/^[a-z]{2,8}(-[a-z]+)+-\d{1,2}$/, 'must be an AWS region such as eu-central-1'),
  /** Name of the event bus. */
  bus: z
    .string({ error: 'must be the name of an event bus' })
    .regex(/^[\w./-]{1,256}$/, 'must be the name of an event bus'),
  /** URL of this PBX's job queue. */
  queueUrl: z.url({ protocol: /^https?$/, error: "must be the URL of the PBX's job queue" }),
  /** Host (and port) of AWS IoT's credential provider. */
  credentialsEndpoint: z
    .string({ error: 'must be a host name' })
    .regex(/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/, 'must be a host name'),
  roleAlias: z
    .string({ error: 'must be the name of a role alias' })
    .regex(/^[\w=,@-]{1,128}$/, 'must be the name of a role alias'),
});
export type CloudAddress = z.output<typeof cloudAddressSchema>;

/** 200 of `POST /enroll`. Errors are plain text for a person. */
export const enrollmentAnswerSchema = z.object({
  pbx: pbxIdSchema,
  certificateId: z.string().regex(/^[0-9a-f]{64}$/),
  certificatePem: z.string().max(16_384),
  cloud: cloudAddressSchema,
});
export type EnrollmentAnswer = z.output<typeof enrollmentAnswerSchema>;

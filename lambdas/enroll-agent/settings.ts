import * as z from 'zod';
import { functionSettingsSchema } from '#aws/function-settings.ts';
import { cloudAddressSchema } from '#core/contracts/enrollment.ts';

export const enrollAgentSettingsSchema = functionSettingsSchema.extend({
  PBX_TABLE: z.string().min(1),
  IOT_POLICY: z.string().min(1),
  ROLE_ALIAS: cloudAddressSchema.shape.roleAlias,
  BUS: cloudAddressSchema.shape.bus,
  /** The PBX's id ends it. */
  JOB_QUEUE_URL_BASE: z.url({ protocol: /^https?$/ }),
  /** In the place of what AWS IoT names. */
  CREDENTIALS_ENDPOINT: cloudAddressSchema.shape.credentialsEndpoint.optional(),
  /** Set by Lambda. */
  AWS_REGION: cloudAddressSchema.shape.region,
});

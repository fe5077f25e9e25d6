/** Every stable error code. docs/errors.md has a row for each; a test compares the two. */
export const errorCodes = [
  // AMI
  'AMI_UNREACHABLE',
  'AMI_LOGIN_REFUSED',
  'AMI_NOT_CONNECTED',
  'AMI_CONNECTION_LOST',
  'AMI_ACTION_TIMEOUT',
  'AMI_ACTION_INVALID',
  'AMI_PROTOCOL',
  'AMI_BUSY',
  // Conditions and rules
  'CONDITION_SYNTAX',
  'CONDITION_FAILED',
  // Jobs on the edge
  'JOB_INVALID',
  'JOB_UNKNOWN_FUNCTION',
  'JOB_REFUSED_BY_POLICY',
  'JOB_BAD_ARGUMENTS',
  'JOB_EXPIRED',
  'JOB_INTERRUPTED',
  'JOB_TIMEOUT',
  'JOB_FAILED',
  'JOURNAL_UNUSABLE',
  'RESULT_TOO_LARGE',
  // Spool and bus
  'SPOOL_FULL',
  'SPOOL_CORRUPT',
  'SPOOL_LOCKED',
  'SPOOL_UNREADABLE',
  'SPOOL_FAILED',
  'BUS_UNREACHABLE',
  'BUS_REFUSED',
  // The cloud, seen from the edge
  'CLOUD_UNREACHABLE',
  'CLOUD_IDENTITY_REFUSED',
  'CLOUD_REFUSED',
  // Odoo
  'ODOO_UNREACHABLE',
  'ODOO_TIMEOUT',
  'ODOO_BUSY',
  'ODOO_AUTHENTICATION',
  'ODOO_DATABASE_MISSING',
  'ODOO_ACCESS_DENIED',
  'ODOO_NOT_FOUND',
  'ODOO_SERIALIZATION',
  'ODOO_METHOD_RAISED',
  'ODOO_BAD_ANSWER',
  'ODOO_ADDRESS_REFUSED',
  // Door
  'DOOR_BAD_REQUEST',
  'DOOR_KEY_UNKNOWN',
  'DOOR_INSTANCE_REFUSED',
  'DOOR_PBX_OFFLINE',
  'DOOR_TOO_LARGE',
  // Routing
  'MESSAGE_INVALID',
  'MESSAGE_SOURCE_MISMATCH',
  'ROUTE_OUT_OF_TIME',
  'ROUTE_FAILED',
  // Standalone's door and page
  'LISTEN_FAILED',
  // Enrolment and set-up of a PBX
  'ENROLL_UNREACHABLE',
  'ENROLL_REFUSED',
  'ENROLL_BAD_ANSWER',
  'ENROLL_NOT_WRITTEN',
  'SETUP_FAILED',
  // Secrets in the cloud
  'SECRET_UNREADABLE',
  // Configuration
  'CONFIG_INVALID',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

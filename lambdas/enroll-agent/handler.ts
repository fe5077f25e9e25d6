import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IoTClient } from '@aws-sdk/client-iot';
import { clientOptions } from '#aws/client-options.ts';
import { createEnrollmentCodes } from '#aws/enrollment-codes.ts';
import { parseFunctionSettings } from '#aws/function-settings.ts';
import { createIotCertificates } from '#aws/iot-certificates.ts';
import { createLambdaLogger, type LambdaContext } from '#aws/lambda-logger.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import { enrollAgent, type EnrollDeps } from './enroll-agent.ts';
import { textAnswer, type HttpAnswer } from './http-answer.ts';
import { enrollAgentSettingsSchema } from './settings.ts';

// Calls, on the pbx table: dynamodb:UpdateItem, dynamodb:DeleteItem;
// on certificates (cert/*): iot:AttachPolicy, iot:DetachPolicy, iot:UpdateCertificate, iot:DeleteCertificate;
// on things (thing/*): iot:ListThingPrincipals;
// on *: iot:CreateCertificateFromCsr, iot:AttachThingPrincipal, iot:DetachThingPrincipal, iot:DescribeEndpoint.
const settings = parseFunctionSettings(enrollAgentSettingsSchema, process.env);
const logger = createLambdaLogger({ service: 'enroll-agent', level: settings.LOG_LEVEL });
const certificates = createIotCertificates({
  client: new IoTClient(clientOptions()),
  policy: settings.IOT_POLICY,
});
const codes = createEnrollmentCodes({
  client: new DynamoDBClient(clientOptions()),
  table: settings.PBX_TABLE,
  now: Date.now,
});
let credentialsEndpoint = settings.CREDENTIALS_ENDPOINT;

const addressOf: EnrollDeps['addressOf'] = async (pbx) => ({
  region: settings.AWS_REGION,
  bus: settings.BUS,
  queueUrl: `${settings.JOB_QUEUE_URL_BASE}${pbx}`,
  credentialsEndpoint: (credentialsEndpoint ??= await certificates.credentialsEndpoint()),
  roleAlias: settings.ROLE_ALIAS,
});

/** What is read of an HTTP API's event, payload 2.0. */
interface HttpEvent {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export async function handler(event: HttpEvent, context: LambdaContext): Promise<HttpAnswer> {
  logger.begin(context);
  const { body = '', isBase64Encoded = false } = event;
  try {
    const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
    return await enrollAgent(text, { codes, certificates, addressOf, logger });
  } catch (error) {
    logger.error('an enrolment could not be looked at', { cause: messageOf(error) });
    return textAnswer(500, 'The platform can not enrol anybody just now. Try again in a minute.');
  }
}

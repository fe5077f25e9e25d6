import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  readonly topicName: string;
  /** Begins the names of the alarms that may be told here. */
  readonly alarmPrefix: string;
  readonly email: string | undefined;
}

/** What the account's own administrators may do with the key; `kms:*` would say the same without saying it. */
const keyAdministration = [
  'CancelKeyDeletion',
  'CreateGrant',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListGrants',
  'ListKeyPolicies',
  'ListResourceTags',
  'PutKeyPolicy',
  'RevokeGrant',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateKeyDescription',
  'Decrypt',
  'GenerateDataKey',
].map((action) => `kms:${action}`);

/**
 * Where alarms are told. Encrypted with a key of its own, because CloudWatch can not use the one that AWS keeps
 * for SNS. A topic policy replaces the default one, so CloudWatch's right to publish stands in it.
 */
export class AlarmTopic extends Construct {
  constructor(scope: Construct, id: string, { topicName, alarmPrefix, email }: AlarmTopicProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const fromOurAlarms = {
      ArnLike: {
        'aws:SourceArn': stack.formatArn({
          service: 'cloudwatch',
          resource: `alarm:${alarmPrefix}-*`,
        }),
      },
      StringEquals: { 'aws:SourceAccount': stack.account },
    };
    const cloudwatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const masterKey = new Key(this, 'Key', {
      description: `Encrypts ${topicName}.`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'Administer',
            principals: [new AccountRootPrincipal()],
            actions: keyAdministration,
            resources: ['*'],
          }),
          new PolicyStatement({
            sid: 'EncryptAlarms',
            principals: [cloudwatch],
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: ['*'],
            conditions: fromOurAlarms,
          }),
        ],
      }),
    });
    const topic = new Topic(this, 'Topic', { topicName, masterKey, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PublishAlarms',
        principals: [cloudwatch],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: fromOurAlarms,
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
  }
}

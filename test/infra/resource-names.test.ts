import { expect, test } from 'vitest';
import { exampleFleet, synthFleet } from './synth-fleet.ts';

/** The property that is a resource's name on AWS. */
const nameProperties = [
  'QueueName',
  'FunctionName',
  'TableName',
  'LogGroupName',
  'AlarmName',
  'TopicName',
  'RoleName',
  'PolicyName',
  'RoleAlias',
  'ThingName',
  'ArchiveName',
  'DashboardName',
  'LayerName',
  'Name',
];
/** Their ids are names too, where nobody gives them one. */
const without = new Set(['AWS::IAM::Policy', 'AWS::Lambda::Permission', 'AWS::Logs::MetricFilter']);

/*
 * Names and logical ids are what data hangs on: a changed one makes CloudFormation put an empty resource in the old
 * one's place, or fail since the old one is kept. Change the snapshot only with a plan for what is deployed.
 */
test('names and logical ids of what is deployed stay as they are', () => {
  const { templates } = synthFleet(exampleFleet(), { checks: false });
  const named = [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, { Type }]) => !without.has(Type))
      .flatMap(([id, { Type, Properties }]) => {
        const name = nameProperties.find((property) => property in Properties);
        return name === undefined ? [] : [`${stack} ${Type} ${id} ${String(Properties[name])}`];
      }),
  );
  expect(named.toSorted()).toMatchSnapshot();
});

import { Duration } from 'aws-cdk-lib';
import { CfnThing } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import type { PbxId } from '../../core/contracts/names.ts';
import type { ResourceNames } from '../../core/fleet/resource-names.ts';
import { longestRetention } from '../times.ts';
import { WorkedQueue } from './worked-queue.ts';

/**
 * A PBX in the cloud: an IoT thing and a job queue that bear its name. Its certificate is made when the agent
 * enrols; the agent's one role (agent-access.ts) gives a thing the queue of its own name.
 */
export class PbxIdentity extends Construct {
  constructor(scope: Construct, id: string, { pbx, names }: { pbx: PbxId; names: ResourceNames }) {
    super(scope, id);
    new CfnThing(this, 'Thing', { thingName: pbx });
    new WorkedQueue(this, 'Jobs', {
      name: names.jobQueue(pbx),
      // A job has a deadline of its own, 14 days away at most, past which the agent runs it no more. Gone from the
      // queue before, it would be reported as taken by a PBX that was never given it.
      retention: longestRetention,
      // The agent writes the job down and deletes the message before it runs the job: a moment's work.
      visibility: Duration.seconds(30),
      kept: false,
    });
  }
}

import type { Agent } from 'node:https';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createEventBridgeBus } from '#aws/event-bridge-bus.ts';
import type { CloudAddress } from '#core/contracts/enrollment.ts';
import type { PbxId } from '#core/contracts/names.ts';
import type { Bus } from '#core/ports/bus.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { JobSource } from '#core/ports/job-source.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Random } from '#core/ports/random.ts';
import { createCallLog, type CallLog, watchedBus, watchedJobSource } from './call-log.ts';
import { createSkewWatch } from './clock-skew.ts';
import { createCredentialSource } from './credential-provider.ts';
import { createIdentitySource, type IdentityOptions } from './identity-files.ts';
import { createOutboundAgent } from './outbound-agent.ts';
import type { Problem } from './problem.ts';
import { proxySettings } from './proxy-settings.ts';
import { requestCredentials } from './request-credentials.ts';
import { createSqsJobSource } from './sqs-job-source.ts';
import { callWatch, callWatchPlace } from './watch-calls.ts';

export interface CloudSettings extends CloudAddress, IdentityOptions {
  readonly ca?: string | undefined;
  readonly proxy?: string | false | undefined;
  readonly endpoints: { readonly events?: string | undefined; readonly sqs?: string | undefined };
}

export interface CloudLinkOptions {
  pbx: PbxId;
  settings: CloudSettings;
  /** For HTTPS_PROXY and NO_PROXY. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** The agent's version, for AWS's logs. */
  version: string;
}

/** How it stands between this PBX and AWS; instants in Unix seconds. */
export interface CloudInfo {
  region: string;
  /** `validUntil`: null while there are none to call AWS with. `problem`: why there are no new ones. */
  credentials: { validUntil: number | null; problem: Problem | null };
  events: CallLog;
  jobs: CallLog;
  /** How far this PBX's clock is ahead of AWS's, in seconds; null: not known yet. */
  clockAheadSeconds: number | null;
}

export interface CloudLink {
  readonly bus: Bus;
  readonly jobSource: JobSource;
  /** The same way out, for what goes elsewhere than to AWS. */
  readonly outbound: Agent;
  info(): CloudInfo;
  /** Called when something of `info()` that a person waits for has changed. */
  onChange(listener: () => void): void;
  /** Ends what is under way. Stop the agent first: it drains through this. */
  stop(): void;
}

/** A call of PutEvents; the publisher gives up after 30 s and tries again by itself. */
const eventTimes = { connectionTimeout: 5000, requestTimeout: 20_000 };
/** A long poll takes up to 20 s. */
const jobTimes = { connectionTimeout: 5000, requestTimeout: 30_000 };
const credentialTimeoutMs = 15_000;
/** One retry at once for a connection that the other side had closed, or a clock that the SDK has just corrected. */
const maxAttempts = 2;

/** The way of one PBX to AWS and back. Nothing is sent before it is used. Throws CONFIG_INVALID. */
export function createCloudLink(options: CloudLinkOptions): CloudLink {
  const { pbx, settings, env, clock, random, logger, version } = options;
  const { region, endpoints, ca } = settings;
  const proxy = proxySettings(settings.proxy, env);
  const userAgent = `odoopbx-agent/${version}`;
  const stopped = new AbortController();
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };

  const skew = createSkewWatch(clock, logger, changed);
  const identities = createIdentitySource(settings, logger);
  let identity = identities.current();
  // Asked about once an hour: a connection of its own each time, so that what AWS says is of now.
  const mutual = () => createOutboundAgent({ proxy, ca, identity, keepAlive: false });
  let agent = mutual();
  const credentials = createCredentialSource({
    async request() {
      const answer = await requestCredentials({
        endpoint: settings.credentialsEndpoint,
        roleAlias: settings.roleAlias,
        thingName: pbx,
        agent,
        userAgent,
        timeoutMs: credentialTimeoutMs,
        signal: stopped.signal,
      });
      skew.observe(answer.date);
      return answer;
    },
    clock,
    random,
    logger,
    changed,
  });

  function current() {
    const latest = identities.current();
    if (latest !== identity) {
      identity = latest;
      agent = mutual();
      credentials.retryNow();
    }
    return credentials.current();
  }

  const shared = {
    region,
    // The source keeps them itself; the SDK's own memory would hold on to what AWS has rejected.
    credentials: Object.assign(current, { memoized: true }),
    customUserAgent: [['odoopbx-agent', version]] as [string, string][],
    maxAttempts,
  };
  const handler = (times: { connectionTimeout: number; requestTimeout: number }) =>
    new NodeHttpHandler({
      ...times,
      throwOnRequestTimeout: true,
      httpsAgent: createOutboundAgent({ proxy, ca, keepAlive: true }),
    });
  const events = new EventBridgeClient({
    ...shared,
    requestHandler: handler(eventTimes),
    ...(endpoints.events === undefined ? {} : { endpoint: endpoints.events }),
  });
  const sqs = new SQSClient({
    ...shared,
    useQueueUrlAsEndpoint: false,
    requestHandler: handler(jobTimes),
    ...(endpoints.sqs === undefined ? {} : { endpoint: endpoints.sqs }),
  });
  const watch = callWatch({
    answered: (date) => skew.observe(date),
    rejected: (accessKeyId) => credentials.rejected(accessKeyId),
  });
  events.middlewareStack.add(watch, callWatchPlace);
  sqs.middlewareStack.add(watch, callWatchPlace);

  const outbound = createOutboundAgent({ proxy, ca, keepAlive: true });
  const eventLog = createCallLog(clock, changed);
  const jobLog = createCallLog(clock, changed);
  return {
    bus: watchedBus(createEventBridgeBus({ client: events, bus: settings.bus }), eventLog),
    jobSource: watchedJobSource(createSqsJobSource(sqs, settings.queueUrl), jobLog),
    outbound,
    info: () => ({
      region,
      credentials: credentials.info(),
      events: { ...eventLog.log },
      jobs: { ...jobLog.log },
      clockAheadSeconds: skew.seconds(),
    }),
    onChange: (listener) => void listeners.add(listener),
    stop() {
      stopped.abort();
      agent.destroy();
      outbound.destroy();
      events.destroy();
      sqs.destroy();
    },
  };
}

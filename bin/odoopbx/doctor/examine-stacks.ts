import type { StackState } from '../cloud/stacks.ts';
import type { Check, Examine } from './check.ts';

export const examineStacks: Examine = async ({ tenants, fleet, names, cloud }) => {
  const deployed = await cloud.stacks.all();
  const checks = [
    stackCheck(names.platformStack, deployed.get(names.platformStack), 'odoopbx deploy'),
    stackCheck(names.apiStack, deployed.get(names.apiStack), 'odoopbx deploy'),
    ...Object.keys(tenants).map((tenant) => {
      const stack = names.tenantStack(tenant);
      return stackCheck(stack, deployed.get(stack), `odoopbx deploy ${tenant}`);
    }),
  ];
  const known = new Set(Object.keys(fleet.tenants).map((tenant) => names.tenantStack(tenant)));
  const prefix = names.tenantStack('');
  const strangers = [...deployed.keys()].filter((name) => name.startsWith(prefix) && !known.has(name));
  return [
    ...checks,
    ...strangers.map((name): Check => ({
      name: `stack ${name}`,
      state: 'warn',
      message: 'deployed, but its tenant is not in fleet.yaml',
      next: 'put the tenant back, or delete the stack in CloudFormation',
    })),
  ];
};

function stackCheck(stack: string, state: StackState | undefined, deploy: string): Check {
  const name = `stack ${stack}`;
  if (!state) return { name, state: 'fail', message: 'not deployed', next: deploy };
  const message = state.status + (state.reason === undefined ? '' : `: ${state.reason}`);
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(state.status)) return { name, state: 'ok', message };
  if (state.status.endsWith('_IN_PROGRESS')) {
    return { name, state: 'warn', message, next: 'wait until CloudFormation is done' };
  }
  // What was there before runs on, but it is not what fleet.yaml says.
  const next = `see the stack's events in CloudFormation, then ${deploy}`;
  return { name, state: 'fail', message, next };
}

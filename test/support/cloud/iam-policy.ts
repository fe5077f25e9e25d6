/**
 * Evaluates the identity policies that the stacks give to functions and agents, which moto keeps but does not
 * enforce: only the operators that those policies use. Whatever else stands in a policy throws, so that a test
 * fails instead of letting it pass.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** One action on one resource, with the condition keys that the request brings; a missing key is absent. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** `variables` are what `${name}` in a policy stands for. */
export function isAllowed(
  statements: readonly Statement[],
  request: AccessRequest,
  variables: Readonly<Record<string, string>> = {},
): boolean {
  const fill = (text: string) =>
    text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
      const value = variables[name];
      // An unknown variable matches nothing, as on AWS.
      return value ?? '\0';
    });
  const applying = statements.filter(
    (statement) =>
      list(statement.Action).some((action) => like(action.toLowerCase(), request.action.toLowerCase())) &&
      list(statement.Resource).some((resource) => like(fill(resource), request.resource)) &&
      conditionsHold(statement.Condition ?? {}, request.context, fill),
  );
  return (
    applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny')
  );
}

function conditionsHold(
  conditions: NonNullable<Statement['Condition']>,
  context: AccessRequest['context'],
  fill: (text: string) => string,
): boolean {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, context[contextKey(context, key)], list(wanted).map(fill)),
    ),
  );
}

function holds(operator: string, actual: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const matchesOne = (value: string, test: (pattern: string, text: string) => boolean) =>
    wanted.some((pattern) => test(pattern, value));
  switch (operator) {
    case 'Null':
      return (actual === undefined) === (wanted[0] === 'true');
    // True for a missing key: that is why the policies say Null too.
    case 'ForAllValues:StringEquals':
      return (actual ?? []).every((value) => matchesOne(value, equal));
    case 'ForAllValues:StringLike':
      return (actual ?? []).every((value) => matchesOne(value, like));
    case 'StringEquals':
    case 'ArnEquals':
      return actual?.length === 1 && matchesOne(actual[0]!, operator === 'ArnEquals' ? like : equal);
    case 'StringLike':
    case 'ArnLike':
      return actual?.length === 1 && matchesOne(actual[0]!, like);
    case 'StringNotEquals':
      return actual === undefined || !matchesOne(actual[0]!, equal);
    default:
      throw new Error(`the condition operator ${operator} is not known to this test`);
  }
}

const contextKey = (context: AccessRequest['context'], key: string): string =>
  Object.keys(context).find((known) => known.toLowerCase() === key.toLowerCase()) ?? key;

const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

const equal = (wanted: string, actual: string): boolean => wanted === actual;

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

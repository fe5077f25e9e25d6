import type { AmiEvent } from '../contracts/ami-event.ts';
import type { Json } from '../contracts/job.ts';
import { typeError } from './condition-error.ts';
import { compileExpression } from './condition.ts';
import { PyDict, PyKeys, PySet, PyTuple, typeName, type PyValue } from './python-values.ts';

/** The values of a new record, by field. Throws ConditionFailedError, the field's name in its message. */
export type RecordValues = (event: AmiEvent) => Record<string, Json>;

/** Compiles the expression of each field. Throws ConditionSyntaxError. */
export function compileRecordValues(fields: Readonly<Record<string, string>>): RecordValues {
  const compiled = Object.entries(fields).map(
    ([field, source]) => [field, compileExpression(source)] as const,
  );
  return (event) =>
    Object.fromEntries(compiled.map(([field, evaluate]) => [field, jsonOf(evaluate(event), field)]));
}

/** As Odoo takes it by JSON: None is what Odoo writes for "not set", a tuple is a list (`[(6, 0, ids)]`). */
function jsonOf(value: PyValue, field: string): Json {
  if (value === null) return false;
  if (typeof value === 'bigint') return integerOf(value, field);
  if (typeof value !== 'object') return value;
  if (value instanceof PyTuple) return value.items.map((item) => jsonOf(item, field));
  if (value instanceof PySet || value instanceof PyDict || value instanceof PyKeys) {
    throw typeError(`${field}: a ${typeName(value)} is no value of a field`);
  }
  return value.map((item) => jsonOf(item, field));
}

function integerOf(value: bigint, field: string): number {
  const integer = Number(value);
  if (Number.isSafeInteger(integer)) return integer;
  throw typeError(`${field}: the number has too many digits`);
}

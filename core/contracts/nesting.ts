/**
 * Levels of lists and objects that a JSON value from outside may have. Deeper ones are cheap to send (an opening
 * bracket a level), and every recursive reader runs out of stack on them: zod, JSON.stringify, Odoo's Python.
 */
export const maxNesting = 100;

/** Whether a parsed JSON value has more levels of lists and objects than `levels`. Never recurses. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let layer = [value].filter(isContainer);
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth === levels) return true;
    layer = layer.flatMap((container): unknown[] => Object.values(container)).filter(isContainer);
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

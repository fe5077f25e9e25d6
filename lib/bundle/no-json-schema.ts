import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { unmapped } from './own-source-maps.ts';

const exported = /^export (?:const|function) (\w+)/gm;

/**
 * Leaves out how zod writes JSON Schemas (18 KB, a method on every schema): none of our functions does. What is
 * called all the same, while a schema is made, are the two `create…Method`s, which then give a method that throws.
 */
export const noJsonSchema: Plugin = {
  name: 'no-json-schema',
  setup(build) {
    const files = /\/zod\/v4\/core\/(?:to-json-schema|json-schema-processors)\.js$/;
    build.onLoad({ filter: files }, ({ path }) => {
      const names = [...readFileSync(path, 'utf8').matchAll(exported)].map(([, name = '']) => name);
      const stubs = names.map(
        (name) => `export const ${name} = ${name.endsWith('Method') ? '() => missing' : 'missing'};`,
      );
      const missing =
        "const missing = () => { throw new Error('this bundle was made without JSON Schema'); };";
      // Exported under another name as well.
      const alias = names.includes('processSchema') ? 'export { processSchema as process };' : '';
      return { contents: unmapped([missing, ...stubs, alias].join('\n')), loader: 'js' };
    });
  },
};

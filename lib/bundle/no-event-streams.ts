import type { Plugin } from 'esbuild';

/**
 * Leaves the AWS SDK's event streams out: no operation that our functions call has any. The SDK imports them when one
 * is called; in one file without splitting that `import()` makes esbuild wrap all that they share with the rest, 160
 * modules, so that nothing of those is dropped or joined.
 */
export const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup(build) {
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'no-event-streams' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'no-event-streams' }, () => ({
      contents: "throw new Error('this bundle was made without event streams');",
      loader: 'js',
    }));
  },
};

/** What the two kinds of PBX need, and what builds for them on a machine of either kind. */
export const architectures = {
  amd64: { npm: 'x64', triplet: 'x86_64-linux-gnu', binutils: 'binutils-x86-64-linux-gnu', qemu: 'x86_64' },
  arm64: {
    npm: 'arm64',
    triplet: 'aarch64-linux-gnu',
    binutils: 'binutils-aarch64-linux-gnu',
    qemu: 'aarch64',
  },
} as const;

export type Architecture = keyof typeof architectures;
export const architectureNames = Object.keys(architectures) as Architecture[];

/** Whether this machine runs programs of that kind by itself. */
export function isOwn(arch: Architecture): boolean {
  return process.arch === architectures[arch].npm;
}

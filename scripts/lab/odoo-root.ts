import { buildRoot } from './build-steps.ts';
import type { BuildStep } from './build-steps.ts';
import { bareDebian, mirror, packages, writeInRoot } from './debian-root.ts';
import { templateStep } from './odoo-database.ts';
import { stopServices } from './service.ts';
import { paths } from './settings.ts';

const root = paths.odooRoot;
const name = 'Odoo root';

// Odoo comes from sid, everything else from trixie: in a sid root Odoo 19 fails on Python 3.14.
const pins = `Package: *
Pin: release n=sid
Pin-Priority: 100

Package: odoo-19
Pin: release n=sid
Pin-Priority: 600
`;

// The lab starts a cluster of its own.
const noCluster = 'create_main_cluster = false\n';

export async function buildOdooRoot(): Promise<void> {
  await buildRoot(
    root,
    [
      bareDebian(name, root, 'trixie'),
      sources(),
      packages(name, root, ['postgresql', 'tzdata', 'procps']),
      packages(name, root, ['odoo-19', 'python3-phonenumbers']),
      templateStep(),
    ],
    () => stopServices(['odoo', 'postgresql']),
  );
}

function sources(): BuildStep {
  return {
    name: `${name}: sources`,
    recipe: pins + noCluster,
    build: async () => {
      await writeInRoot(root, 'etc/apt/sources.list.d/sid.list', `deb ${await mirror()} sid main\n`);
      await writeInRoot(root, 'etc/apt/preferences.d/90lab', pins);
      await writeInRoot(root, 'etc/postgresql-common/createcluster.conf', noCluster);
    },
  };
}

import { addonsVersion } from './odoo-addons.ts';
import { odooCommand, odooConfig, odooUrl, odooUse, writeOdooConfig } from './odoo-program.ts';
import { answersHttp } from './reachable.ts';
import { startService } from './service.ts';
import type { Service } from './service.ts';
import { databaseName, ports } from './settings.ts';

export function odooService(): Service {
  return {
    name: 'odoo',
    port: ports.odoo,
    use: odooUse(),
    command: odooCommand('-d', databaseName),
    inputs: odooConfig() + addonsVersion(),
    isReady: () => answersHttp(`${odooUrl}/web/login`, 60_000),
  };
}

export async function startOdoo(): Promise<void> {
  writeOdooConfig();
  await startService(odooService());
}

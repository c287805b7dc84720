import { readFileSync } from 'node:fs';
import { type Admin, ApiClient } from '../../packages/cli/src/api-client.ts';

/** Deploys one machine of the ready zone, as the README's reader would. */
const api = new ApiClient(JSON.parse(readFileSync('/var/lib/virtstack/admin.json', 'utf8')) as Admin);
const [zone] = await api.list('listZones');
const [template] = await api.list('listTemplates', { templatefilter: 'featured' });
const [offering] = await api.list('listServiceOfferings', { name: 'Tiny Instance' });
const machine = await api.job('deployVirtualMachine', {
  zoneid: zone!.id!,
  templateid: template!.id!,
  serviceofferingid: offering!.id!,
  name: 'first',
});
console.log(`${machine.state}`);

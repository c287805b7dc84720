import { join } from 'node:path';
import { hostPlaces } from '@virtstack/protocol';
import { paths } from '../config.ts';
import { filesOf } from '../update/state.ts';

const { data } = hostPlaces;
const pki = join(data, 'pki');

/** Where set-up puts and finds things on a host. */
export const places = {
  data,
  programs: hostPlaces.programs,
  /** Starts the agent. */
  starter: filesOf(hostPlaces.agent).starter,
  /** What the host was before. */
  found: join(data, 'found.json'),
  config: join(data, 'config.json'),
  /** Under the names that libvirt expects of a client (`pkipath=`); its server and the agent take the same files. */
  pki,
  authority: join(pki, 'cacert.pem'),
  certificate: join(pki, 'clientcert.pem'),
  key: join(pki, 'clientkey.pem'),
  agent: paths(data),
  unit: 'virtstack-agent.service',
  unitFile: '/etc/systemd/system/virtstack-agent.service',
  lock: '/run/virtstack-setup.lock',
} as const;

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { SetupRequest } from '@virtstack/protocol';
import { exists, writeAtomically } from '../../system/files.ts';
import { joined } from '../checks/other-cloud.ts';
import { places } from '../places.ts';
import { newKey } from '../request.ts';
import type { Step } from './step.ts';

/** The host's number and key, drawn once, and the agent's configuration. */
export const identity: Step<SetupRequest<'prepare'>> = {
  name: 'write the agent’s configuration',
  do: async ({ profile }, { server, authority, probeSeconds }) => {
    await mkdir(places.pki, { recursive: true, mode: 0o700 });
    if (!(await exists(places.key))) await writeAtomically(places.key, newKey());
    await writeAtomically(places.authority, authority);
    const before = await joined();
    const guid = before?.guid ?? randomUUID();
    const config = {
      ...before,
      ...{ server, guid, ca: places.authority, certificate: places.certificate, key: places.key },
      ...{ dataDir: places.data, uri: profile.uri, ...(probeSeconds !== undefined && { probeSeconds }) },
    };
    await writeAtomically(places.config, `${JSON.stringify(config, undefined, 2)}\n`);
    return `the host is ${guid}, its server ${server}`;
  },
  // No undo: all of it lies in the agent's directory, which goes at last.
};

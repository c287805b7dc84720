import { readFile } from 'node:fs/promises';
import type { AgentConfig } from './config.ts';

/** What every connection to the server is made with: it must prove itself to us, and we to it. */
export type ServerTls = { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer; readonly minVersion: 'TLSv1.3' };

/** Read anew for each connection: a renewed certificate needs no restart. */
export const serverTls = async (config: Pick<AgentConfig, 'ca' | 'certificate' | 'key'>): Promise<ServerTls> => {
  const [ca, cert, key] = await Promise.all([readFile(config.ca), readFile(config.certificate), readFile(config.key)]);
  return { ca, cert, key, minVersion: 'TLSv1.3' };
};

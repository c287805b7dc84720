import { agentMethods } from '@virtstack/protocol';
import { action } from './action.ts';

export const renewCertificate = action(
  agentMethods.renewCertificate,
  async (host) => {
    const { serialNumber, validTo } = await host.renewCertificate();
    return { serial: serialNumber.toLowerCase(), notAfter: new Date(validTo).toISOString() };
  },
  { waitedFor: false },
);

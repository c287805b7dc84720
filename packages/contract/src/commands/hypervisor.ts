import { command, everyone, installation, is, response, uuid } from '../language.ts';

export const hypervisor = response('hypervisor', 'HypervisorResponse', 'a hypervisor type', {
  name: is.string('its label'),
});

export const hypervisorCommands = {
  listHypervisors: command({
    kind: 'list',
    doc: 'Lists the hypervisor types that this installation accepts.',
    roles: everyone,
    access: installation,
    params: { zoneid: uuid('zone').doc('those of which a zone has clusters') },
    response: hypervisor,
  }),
} as const;

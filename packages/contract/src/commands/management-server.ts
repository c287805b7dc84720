import { admins, boolean, command, is, paging, response, shows, string, uuid } from '../language.ts';

const peer = response('peer', 'PeerManagementServerNodeResponse', 'another management server, as this one sees it', {
  peerid: is.string('the other server'),
  peername: is.string('its name'),
  peerstate: is.string('Up'),
  peerserviceip: is.string('the name or address at which it is reached'),
  peerserviceport: is.string('the port at which it is reached'),
});

export const managementServer = response('managementserver', 'ManagementServerResponse', 'a management server', {
  id: is.string('the server'),
  name: is.string('the name of its machine'),
  state: is.string('Up, or Down'),
  version: is.string('its version'),
  lastserverstart: is.date('when it started'),
  serviceip: is.string('the name or address at which agents and the other servers reach it'),
  ipaddress: is.string('the same'),
  agents: is.list('the hosts whose agents are connected to it'),
  agentscount: is.long('how many these are'),
  lastagents: is.list(
    'the hosts whose agents were connected to it, where it is Down, and which have come to no other server yet',
  ),
  pendingjobscount: is.long('the jobs that it runs now'),
  peers: is.objects('the other servers that are Up, where asked for', peer),
});

export const managementServerCommands = {
  listManagementServers: command({
    kind: 'list',
    doc: 'Lists the management servers that share the database: those that are Up, and those that are Down while hosts have not come to another one.',
    roles: admins,
    access: shows('managementserver'),
    params: {
      ...paging,
      id: uuid('managementserver').doc('one server'),
      name: string().doc('by name'),
      version: string().doc('by version'),
      peers: boolean().default(false).doc('whether to tell of each the others'),
    },
    response: managementServer,
  }),
} as const;

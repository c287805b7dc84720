import {
  boolean,
  changes,
  command,
  date,
  everyone,
  installation,
  integer,
  is,
  ownership,
  paging,
  response,
  shows,
  string,
  success,
  uuid,
  uuids,
} from '../language.ts';

export const event = response('event', 'EventResponse', 'an event', {
  id: is.string('the event'),
  type: is.string('its type, such as VM.CREATE'),
  level: is.string('INFO, WARN or ERROR'),
  state: is.string('Created, Scheduled, Started or Completed'),
  description: is.string('what happened'),
  username: is.string('who did it'),
  resourceid: is.string('what it is about'),
  resourcetype: is.string('the kind of thing that it is about'),
  resourcename: is.string('the name of what it is about'),
  parentid: is.string('the first event of the same job'),
  archived: is.boolean('whether it was put away'),
  account: is.string('the account that it belongs to'),
  projectid: is.string('the project that it belongs to, in place of the account'),
  project: is.string('the name of that project'),
  domainid: is.string('the domain that it belongs to'),
  domain: is.string('the name of that domain'),
  domainpath: is.string('the path of that domain'),
  created: is.date('when it happened'),
});

const eventType = response('eventtype', 'EventTypeResponse', 'a type of events', { name: is.string('its name') });

const chosen = {
  ids: uuids('event').doc('the events'),
  type: string().doc('those of a type'),
  startdate: date().doc('those not before'),
  enddate: date().doc('those not after'),
};

export const eventCommands = {
  listEvents: command({
    kind: 'list',
    doc: 'Lists events, the latest first.',
    roles: everyone,
    access: shows('event'),
    params: {
      ...paging,
      ...ownership,
      id: uuid('event').doc('one event'),
      type: string().doc('by type'),
      level: string().doc('by level'),
      state: string().doc('by state'),
      startdate: date().doc('not before'),
      enddate: date().doc('not after'),
      startid: uuid('event').doc('those of the same job'),
      resourceid: string().doc('those about a thing'),
      resourcetype: string().doc('those about a kind of thing: VirtualMachine, Volume …'),
      duration: integer()
        .range(0, 2_147_483_647)
        .doc('begun at least so many seconds ago and not completed; goes with entrytime'),
      entrytime: integer().range(1, 2_147_483_647).doc('begun in the last so many seconds; goes with duration'),
      archived: boolean().default(false).doc('show those that were put away too'),
    },
    response: event,
  }),
  archiveEvents: command({
    kind: 'sync',
    doc: 'Puts events away: lists show them where they are asked for alone.',
    roles: everyone,
    access: changes('ids'),
    params: chosen,
    response: success,
  }),
  deleteEvents: command({
    kind: 'sync',
    doc: 'Deletes events.',
    roles: everyone,
    access: changes('ids'),
    params: chosen,
    response: success,
  }),
  listEventTypes: command({
    kind: 'list',
    doc: 'Lists the types that events can have.',
    roles: everyone,
    access: installation,
    params: {},
    response: eventType,
  }),
} as const;

import { boolean, command, date, everyone, integer, is, ownership, paging, response, shows, string, uuid } from '../language.ts';

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
  domainid: is.string('the domain that it belongs to'),
  domain: is.string('the name of that domain'),
  domainpath: is.string('the path of that domain'),
  created: is.date('when it happened'),
});

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
      resourcetype: string().doc('those about a kind of thing; goes with resourceid'),
      duration: integer().doc('those whose jobs took longer, seconds').unused(),
      entrytime: integer().doc('those whose jobs began in the last seconds').unused(),
      archived: boolean().doc('show those that were put away too').unused(),
    },
    response: event,
  }),
} as const;

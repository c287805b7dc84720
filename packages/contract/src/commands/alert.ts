import {
  admins,
  changes,
  command,
  date,
  installation,
  integer,
  is,
  makes,
  paging,
  response,
  shows,
  string,
  success,
  uuid,
  uuids,
} from '../language.ts';

export const alert = response('alert', 'AlertResponse', 'an alert', {
  id: is.string('the alert'),
  type: is.integer('its type, a number'),
  name: is.string('its type, a word'),
  description: is.string('what is wrong'),
  sent: is.date('when it was raised'),
});

const chosen = {
  ids: uuids('alert').doc('the alerts'),
  type: string().doc('those of a type, a number'),
  startdate: date().doc('those not before'),
  enddate: date().doc('those not after'),
};

export const alertCommands = {
  listAlerts: command({
    kind: 'list',
    doc: 'Lists alerts, the latest first.',
    roles: admins,
    access: shows('alert'),
    params: {
      ...paging,
      id: uuid('alert').doc('one alert'),
      type: string().doc('by type, a number'),
      name: string().doc('by type, a word'),
    },
    response: alert,
  }),
  generateAlert: command({
    kind: 'async',
    doc: 'Raises an alert.',
    roles: admins,
    access: makes('alert'),
    event: 'ALERT.GENERATE',
    params: {
      type: integer().range(0, 32_767).required().doc('its type, a number: listAlertTypes tells them'),
      name: string().required().doc('its type, a word'),
      description: string().range(1, 999).required().doc('what is wrong'),
      zoneid: uuid('zone').doc('the zone where it is wrong'),
      podid: uuid('pod').doc('the pod where it is wrong').unused(),
    },
    response: success,
  }),
  archiveAlerts: command({
    kind: 'sync',
    doc: 'Puts alerts away: they are not listed any more.',
    roles: admins,
    access: changes('ids'),
    event: 'ALERT.ARCHIVE',
    params: chosen,
    response: success,
  }),
  deleteAlerts: command({
    kind: 'sync',
    doc: 'Deletes alerts.',
    roles: admins,
    access: changes('ids'),
    event: 'ALERT.DELETE',
    params: chosen,
    response: success,
  }),
  listAlertTypes: command({
    kind: 'list',
    doc: 'Lists the types that alerts can have.',
    roles: admins,
    access: installation,
    params: {},
    response: alert,
    listKey: 'alerttype',
  }),
} as const;

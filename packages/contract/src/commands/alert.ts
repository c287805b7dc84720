import { admins, command, is, paging, response, shows, string, uuid } from '../language.ts';

export const alert = response('alert', 'AlertResponse', 'an alert', {
  id: is.string('the alert'),
  type: is.integer('its type, a number'),
  name: is.string('its type, a word'),
  description: is.string('what is wrong'),
  sent: is.date('when it was raised'),
});

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
} as const;

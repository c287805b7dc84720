import { changes, command, domainAdmins, installation, is, paging, response, string, text, uuid } from '../language.ts';

export const configuration = response('configuration', 'ConfigurationResponse', 'a setting', {
  name: is.string('its name'),
  value: is.string('its value'),
  defaultvalue: is.string('its value unless it is set'),
  description: is.string('what it does'),
  displaytext: is.string('its name for people'),
  category: is.string('its category'),
  group: is.string('its group'),
  subgroup: is.string('its group within the group'),
  scope: is.string('where it may be set'),
  type: is.string('the type of its value: String, Number, Boolean …'),
  options: is.string('the values that it may have, separated by commas'),
  component: is.string('what reads it'),
  parent: is.string('the setting that must be on for it to matter'),
  isdynamic: is.boolean('whether a change counts at once'),
});

const configurationSubGroup = response('subgroup', 'ConfigurationSubGroupResponse', 'a group within a group', {
  name: is.string('its name'),
  precedence: is.long('its place'),
});

export const configurationGroup = response('configurationgroup', 'ConfigurationGroupResponse', 'a group of settings', {
  name: is.string('its name'),
  description: is.string('what its settings are about'),
  precedence: is.long('its place'),
  subgroup: is.objects('its groups', configurationSubGroup),
});

const scopes = {
  zoneid: uuid('zone').doc('as it is in a zone'),
  clusterid: uuid('cluster').doc('as it is in a cluster'),
  storageid: uuid('storagepool').doc('as it is for a pool'),
  accountid: uuid('account').doc('as it is for an account'),
  domainid: uuid('domain').doc('as it is for a domain'),
  managementserverid: uuid('managementserver').doc('as it is for a management server'),
};
const ofImageStore = uuid('imagestore').doc('as it is for an image store');
const changed = ['zoneid', 'clusterid', 'storageid', 'accountid', 'domainid', 'managementserverid'] as const;

export const configurationCommands = {
  listConfigurations: command({
    kind: 'list',
    doc: 'Lists settings.',
    roles: domainAdmins,
    access: installation,
    params: {
      ...paging,
      ...scopes,
      imagestoreuuid: ofImageStore,
      name: string().doc('by name'),
      category: string().doc('by category'),
      group: string().doc('by group'),
      subgroup: string().doc('by group within the group'),
      parent: string().doc('by the setting that must be on'),
    },
    response: configuration,
  }),
  listConfigurationGroups: command({
    kind: 'list',
    doc: 'Lists the groups of settings.',
    roles: domainAdmins,
    access: installation,
    params: { ...paging, group: string().doc('by its name') },
    response: configurationGroup,
  }),
  updateConfiguration: command({
    kind: 'sync',
    doc: 'Sets a setting.',
    roles: domainAdmins,
    access: changes(...changed, 'imagestoreuuid'),
    event: 'CONFIGURATION.VALUE.EDIT',
    params: {
      name: string().required().doc('its name'),
      value: text().secret().doc('its value; absent: nothing'),
      ...scopes,
      imagestoreuuid: ofImageStore,
    },
    response: configuration,
  }),
  resetConfiguration: command({
    kind: 'sync',
    doc: 'Gives a setting back its default, or what the wider scope says.',
    roles: domainAdmins,
    access: changes(...changed, 'imagestoreid'),
    event: 'CONFIGURATION.VALUE.EDIT',
    params: { name: string().required().doc('its name'), ...scopes, imagestoreid: ofImageStore },
    response: configuration,
  }),
} as const;

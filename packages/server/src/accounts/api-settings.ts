import { networks } from './setting-forms.ts';
import type { SettingSpec } from './setting-spec.ts';

/** Who may change settings, how often the API may be called, and which proxies are believed. */
export const apiSettings = {
  'allow.domain.admins.modify.configuration': {
    category: 'Access',
    kind: 'boolean',
    default: 'false',
    doc: 'Domain admins may change the settings of their domains and of the accounts in them.',
  },
  'api.throttling.enabled': {
    category: 'Access',
    kind: 'boolean',
    default: 'false',
    doc: 'Accounts other than admins’ may call the API only so often.',
  },
  'api.throttling.interval': {
    category: 'Access',
    kind: 'integer',
    default: '1',
    min: 1,
    max: 86_400,
    parent: 'api.throttling.enabled',
    doc: 'Seconds of an interval in which calls are counted.',
  },
  'api.throttling.max': {
    category: 'Access',
    kind: 'integer',
    default: '25',
    min: 1,
    max: 1_000_000,
    parent: 'api.throttling.enabled',
    doc: 'How often an account may call in an interval, at each server.',
  },
  'proxy.header.verify': {
    category: 'Access',
    kind: 'boolean',
    default: 'false',
    doc: 'What a proxy says of the address of its client is believed, where it is one of proxy.cidr.',
  },
  'proxy.header.names': {
    category: 'Access',
    kind: 'text',
    default: 'X-Forwarded-For,HTTP_CLIENT_IP,HTTP_X_FORWARDED_FOR',
    matching: { pattern: /^[A-Za-z_-]+(,[A-Za-z_-]+)*$/, words: 'names of headers, comma-separated' },
    parent: 'proxy.header.verify',
    doc: 'The headers in which proxies say it; the first that is there counts.',
  },
  'proxy.cidr': {
    category: 'Access',
    kind: 'text',
    default: '',
    matching: networks,
    parent: 'proxy.header.verify',
    doc: 'The networks in which the proxies are. They must set the header themselves, and pass Host on or send X-Forwarded-Host.',
  },
} as const satisfies Record<string, SettingSpec>;

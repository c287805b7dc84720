import { is, response } from '../language.ts';

export const tag = response('tag', 'ResourceTagResponse', 'a tag', {
  key: is.string('its name'),
  value: is.string('its value'),
  resourcetype: is.string('the kind of thing that bears it'),
  resourceid: is.string('the thing that bears it'),
  account: is.string('the account that owns it'),
  domainid: is.string('the domain that it is in'),
  domain: is.string('the name of that domain'),
});

import { changes, command, everyone, idsBy, is, map, ownership, paging, response, shows, string, success } from '../language.ts';
import { taggable, typesIn } from '../resource-types.ts';

export const tag = response('tag', 'ResourceTagResponse', 'a tag', {
  key: is.string('its name'),
  value: is.string('its value'),
  resourcetype: is.string('the kind of thing that bears it'),
  resourceid: is.string('the thing that bears it'),
  customer: is.string('the customer that it is for'),
  account: is.string('the account that owns it'),
  projectid: is.string('the project that owns it'),
  project: is.string('the name of that project'),
  domainid: is.string('the domain that it is in'),
  domain: is.string('the name of that domain'),
  domainpath: is.string('the path of that domain'),
});

/** In lists of things that bear tags: `tags[0].key=…&tags[0].value=…`. */
export const byTags = map().doc('those that bear one of these tags');

const bearers = {
  resourcetype: string()
    .oneOf(...typesIn(taggable))
    .required()
    .doc('the kind of things: UserVm, Volume …'),
  resourceids: idsBy('resourcetype', taggable).required().doc('the things'),
};

export const tagCommands = {
  createTags: command({
    kind: 'async',
    doc: 'Puts tags on things.',
    roles: everyone,
    access: changes('resourceids'),
    event: 'CREATE_TAGS',
    params: {
      ...bearers,
      tags: map().required().doc('the tags, each a key and a value'),
      customer: string().doc('the customer that they are for'),
    },
    response: success,
  }),
  deleteTags: command({
    kind: 'async',
    doc: 'Takes tags off things.',
    roles: everyone,
    access: changes('resourceids'),
    event: 'DELETE_TAGS',
    params: {
      ...bearers,
      tags: map().doc('the tags: a key, and a value where only that one is meant; absent: all of them'),
    },
    response: success,
  }),
  listTags: command({
    kind: 'list',
    doc: 'Lists tags.',
    roles: everyone,
    access: shows('tag'),
    params: {
      ...paging,
      ...ownership,
      resourcetype: string()
        .oneOf(...typesIn(taggable))
        .doc('on things of that kind'),
      resourceid: string().doc('on a thing'),
      key: string().doc('by key'),
      value: string().doc('by value'),
      customer: string().doc('by customer'),
    },
    response: tag,
  }),
} as const;

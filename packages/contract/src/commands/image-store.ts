import {
  admins,
  boolean,
  changes,
  command,
  installation,
  is,
  map,
  paging,
  response,
  shows,
  string,
  success,
  uuid,
} from '../language.ts';
import { annotated } from './shared.ts';

export const imageStore = response('imagestore', 'ImageStoreResponse', 'an image store', {
  id: is.string('the store'),
  name: is.string('its name'),
  zoneid: is.string('its zone'),
  zonename: is.string('the name of its zone'),
  url: is.string('where it is'),
  protocol: is.string('how it is reached'),
  providername: is.string('who provides it'),
  scope: is.string('ZONE or REGION'),
  readonly: is.boolean('whether nothing new is put there'),
  disksizetotal: is.long('its size, bytes'),
  disksizeused: is.long('what of it is used, bytes'),
  ...annotated,
});

export const imageStoreCommands = {
  addImageStore: command({
    kind: 'sync',
    doc: 'Adds an image store (secondary storage), in which templates are kept.',
    roles: admins,
    access: installation,
    event: 'IMAGE.STORE.CREATE',
    params: {
      provider: string().required().doc('Filesystem: a directory of whoever keeps the store'),
      url: string().doc('file:///DIRECTORY'),
      name: string().doc('its name'),
      zoneid: uuid('zone').doc('the zone that uses it; absent: every zone'),
      details: map().doc('details of the provider').unused(),
    },
    response: imageStore,
  }),
  listImageStores: command({
    kind: 'list',
    doc: 'Lists image stores.',
    roles: admins,
    access: shows('imagestore'),
    params: {
      ...paging,
      id: uuid('imagestore').doc('one store'),
      name: string().doc('by name'),
      zoneid: uuid('zone').doc('those that a zone uses'),
      protocol: string().doc('by protocol'),
      provider: string().doc('by provider'),
      readonly: boolean().doc('only those to which nothing new is put, or only the others'),
    },
    response: imageStore,
  }),
  deleteImageStore: command({
    kind: 'sync',
    doc: 'Removes an image store that holds no template. Its files stay.',
    roles: admins,
    access: changes('id'),
    event: 'IMAGE.STORE.DELETE',
    params: { id: uuid('imagestore').required().doc('the store') },
    response: success,
  }),
} as const;

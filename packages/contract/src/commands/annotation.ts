import { admins, boolean, changes, command, everyone, id, idBy, is, paging, response, shows, string } from '../language.ts';
import { annotatable, typesIn } from '../resource-types.ts';

export const annotation = response('annotation', 'AnnotationResponse', 'a comment on a thing', {
  id: is.string('the comment'),
  entitytype: is.string('the kind of thing that it is on'),
  entityid: is.string('the thing that it is on'),
  entityname: is.string('the name of that thing'),
  annotation: is.string('what it says'),
  userid: is.string('who wrote it'),
  username: is.string('the name of who wrote it'),
  adminsonly: is.boolean('whether admins alone see it'),
  created: is.date('when it was written'),
});
/** CloudStack answers a single one under another name than in a list. */
const one = { ...annotation, key: 'annotations' };

const entityType = () =>
  string()
    .oneOf(...typesIn(annotatable))
    .doc('the kind of thing: VM, VOLUME, HOST …; goes with entityid');

export const annotationCommands = {
  addAnnotation: command({
    kind: 'sync',
    doc: 'Writes a comment on a thing.',
    roles: everyone,
    access: changes('entityid'),
    event: 'ANNOTATION.ADD',
    params: {
      annotation: string().range(1, 1023).doc('what it says'),
      entitytype: entityType(),
      entityid: idBy('entitytype', annotatable).doc('the thing'),
      adminsonly: boolean().default(false).doc('show it to admins alone'),
    },
    response: one,
  }),
  listAnnotations: command({
    kind: 'list',
    doc: 'Lists comments on things, the latest first.',
    roles: everyone,
    access: shows('annotation'),
    params: {
      ...paging,
      id: string().doc('one comment'),
      entitytype: entityType(),
      entityid: string().doc('on a thing'),
      userid: string().doc('by who wrote them'),
      annotationfilter: string().oneOf('self', 'all').doc('self: those that the caller wrote'),
    },
    response: annotation,
  }),
  updateAnnotationVisibility: command({
    kind: 'sync',
    doc: 'Shows a comment to admins alone, or to all who see what it is on.',
    roles: admins,
    access: changes('id'),
    event: 'ANNOTATION.UPDATE',
    params: {
      id: id('annotation').required().doc('the comment'),
      adminsonly: boolean().required().doc('show it to admins alone'),
    },
    response: one,
  }),
  removeAnnotation: command({
    kind: 'sync',
    doc: 'Removes a comment.',
    roles: everyone,
    access: changes('id'),
    event: 'ANNOTATION.REMOVE',
    params: { id: id('annotation').required().doc('the comment') },
    response: one,
  }),
} as const;

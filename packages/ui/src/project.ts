import { usePlace } from './location.ts';

/** In the address, `?project=all`: everything, in projects and outside. */
export const all = 'all';

/** The project that the user is in, as the address says it: its id, `all`, or nothing. */
export const useProject = (): string => usePlace().query.get('project') ?? '';

/** The API's word for every project. */
const everyProject = '-1';

/** Everything that the user may see, whoever owns it. */
export const everything = { listall: true, projectid: everyProject } as const;

type Scope = { readonly listall?: true; readonly projectid?: string };

/** Whose things a list shows there. */
export const scopeOf = (project: string): Scope =>
  project === '' ? { listall: true } : project === all ? everything : { projectid: project };

/** Whose a new thing is there; outside a project the user's own. */
export const ownerIn = (project: string): { readonly projectid?: string } =>
  project === '' || project === all ? {} : { projectid: project };

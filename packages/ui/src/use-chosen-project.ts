import { ApiError } from './api/error.ts';
import { useList } from './api/hooks.ts';
import type { Item } from './api/types.ts';
import { ownerIn, useProject } from './project.ts';

type Chosen = Pick<Item<'listProjects'>, 'name' | 'state'> & {
  /** There is none such that the user may see. */
  readonly gone?: boolean;
};

const noSuchThing = 431;

/** The project that the user is in, as the server knows it; nothing while that is not known. */
export const useChosenProject = (): Chosen => {
  const { projectid } = ownerIn(useProject());
  const { data, error } = useList('listProjects', { id: projectid }, { enabled: projectid !== undefined });
  if (projectid === undefined) return {};
  if (error instanceof ApiError) return { gone: error.status === noSuchThing };
  const found = data?.items[0];
  return found?.id === projectid ? found : {}; // until the answer is there, that of the project before
};

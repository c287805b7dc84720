import { useAllowed } from '../api/allowed.ts';
import { useList } from '../api/hooks.ts';
import { session } from '../api/session.ts';
import { ownerIn, useProject } from '../project.ts';
import { useStore } from '../use-store.ts';
import type { limitsOf } from './limits.ts';

type Owner = { readonly name?: string | null | undefined } & Parameters<typeof limitsOf>[0];

/** What the owner of a new thing has and may have: the project that the user is in, else his account. */
export const useFigures = (): Owner | undefined => {
  const allowed = useAllowed();
  const user = useStore(session);
  const { projectid } = ownerIn(useProject());
  const ofProject = useList('listProjects', { id: projectid }, { enabled: projectid !== undefined && allowed('listProjects') });
  const ofAccount = useList(
    'listAccounts',
    { name: user?.account, domainid: user?.domainid },
    { enabled: projectid === undefined && allowed('listAccounts') },
  );
  return (projectid === undefined ? ofAccount : ofProject).data?.items[0];
};

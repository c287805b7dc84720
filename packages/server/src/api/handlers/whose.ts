type Row = { readonly account: string; readonly project_id: string | null; readonly project: string | null };

/** An answer names the project that owns a thing, or else the account: the account of a project is nobody’s to know. */
export const whose = ({ account, project_id, project }: Row) =>
  project_id === null ? { account } : { projectid: project_id, project };

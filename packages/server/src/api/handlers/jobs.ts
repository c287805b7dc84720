import { isId, type ParamsOf, type ResponseOf } from '@virtstack/contract';
import type { Secrets } from '../../accounts/secrets.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing, literally } from '../conditions.ts';
import { nameable } from '../entities.ts';
import type { Context, Handlers } from '../handler.ts';
import { jobResult } from '../job-result.ts';
import { maySeeSecrets } from '../job-secrets.ts';
import { paged } from '../page.ts';
import { displayPath } from './domains.ts';

export const jobs = {
  queryAsyncJobResult: async (context, params) => {
    const row = await selectJobs(matchingOne(context, params)).orderBy('job.created', 'desc').limit(1).executeTakeFirst();
    if (!row) throw new CloudError('parameter', 'There is no job about that, or it is not yours to see.');
    return jobResponse(context, row, await maySeeSecrets(context, row));
  },
  listAsyncJobs: async (context, params) => {
    const { count, rows } = await paged(context, params, 'job', matching(context, params), (query) =>
      selectJobs(query).orderBy('job.created', 'desc').orderBy('job.id'),
    );
    const open = await Promise.all(rows.map((row) => maySeeSecrets(context, row)));
    return { count, items: rows.map((row, index) => jobResponse(context, row, open[index]!)) };
  },
} satisfies Handlers<'queryAsyncJobResult' | 'listAsyncJobs'>;

const from = (db: Database) => db.selectFrom('job');
type Query = ReturnType<typeof from>;

const selectJobs = (query: Query) =>
  query
    .leftJoin('account', 'account.id', 'job.account_id')
    .leftJoin('domain', 'domain.id', 'job.domain_id')
    .leftJoin('server', 'server.number', 'job.server_number')
    .select(['job.id', 'job.command', 'job.status', 'job.progress', 'job.result', 'job.error_code', 'job.error_text'])
    .select([
      'job.instance_type',
      'job.instance_id',
      'job.user_id',
      'job.account_id',
      'job.domain_id',
      'job.created',
      'job.completed',
    ])
    .select(['account.name as account', 'domain.path', 'server.id as server_id', 'server.name as server_name']);
type Row = Awaited<ReturnType<ReturnType<typeof selectJobs>['execute']>>[number];

function matchingOne(
  { db, caller, command }: Context,
  { jobid, resourceid, resourcetype }: ParamsOf<'queryAsyncJobResult'>,
): Query {
  const visible = from(db).where(nameable('job', 'job', caller, command, 'use'));
  if (jobid !== undefined) return visible.where('job.id', '=', jobid);
  if (resourceid === undefined || resourcetype === undefined)
    throw new CloudError('parameter', 'Unable to execute API command queryasyncjobresult due to missing parameter jobid');
  return about(visible, resourceid, resourcetype);
}

function about(query: Query, id: string, type: string | undefined): Query {
  if (!isId(id)) throw new CloudError('parameter', `Invalid parameter resourceid value=${id}: it is not an id.`);
  const named = query.where('job.instance_id', '=', id);
  return type === undefined ? named : named.where('job.instance_type', 'ilike', literally(type));
}

/** Open ones; with a start date also those that ended since. */
function matching({ db }: Context, params: ParamsOf<'listAsyncJobs'>): Query {
  let query = from(db);
  if (params.startdate === undefined) query = query.where('job.status', '=', 0);
  else query = query.where('job.created', '>=', params.startdate);
  query = query.where(containing(params.keyword, 'job.command'));
  return params.resourceid === undefined ? query : about(query, params.resourceid, params.resourcetype);
}

/** What became of it: nothing while it is open. */
const outcome = (secrets: Secrets | undefined, row: Row): ResponseOf<'queryAsyncJobResult'> => {
  if (row.status === 2) {
    const code = row.error_code ?? 530;
    return { jobresultcode: code, jobresulttype: 'object', jobresult: { errorcode: code, errortext: row.error_text ?? '' } };
  }
  if (row.status !== 1) return { jobresultcode: 0 };
  return {
    jobresultcode: 0,
    jobresulttype: 'object',
    jobresult: jobResult(secrets, { ...row, result: row.result ?? { success: true } }),
  };
};

const jobResponse = (
  { secrets, caller }: Pick<Context, 'secrets' | 'caller'>,
  row: Row,
  open: boolean,
): ResponseOf<'queryAsyncJobResult'> => ({
  jobid: row.id,
  jobstatus: row.status,
  jobprocstatus: row.status === 0 ? row.progress : 0,
  ...outcome(open ? secrets : undefined, row),
  jobinstancetype: row.instance_type,
  jobinstanceid: row.instance_id,
  cmd: row.command,
  userid: row.user_id,
  accountid: row.account_id,
  account: row.account,
  domainid: row.domain_id,
  domainpath: row.path && displayPath(row.path),
  ...(caller.role === 'Admin' && { managementserverid: row.server_id, managementservername: row.server_name }),
  created: row.created,
  completed: row.completed,
});

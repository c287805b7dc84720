import { isId, type ParamsOf, type ResponseOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing, literally } from '../conditions.ts';
import { everything, inHisCharge, nameable } from '../entities.ts';
import type { Caller, Context, Handlers } from '../handler.ts';
import { jobResult } from '../job-result.ts';
import { maySeeSecrets } from '../job-secrets.ts';
import { paged } from '../page.ts';
import { displayPath } from './domains.ts';

export const jobs = {
  queryAsyncJobResult: async (context, params) => {
    const row = await selectJobs(matchingOne(context, params), context.caller)
      .orderBy('job.created', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!row) throw new CloudError('parameter', 'There is no job about that, or it is not yours to see.');
    return jobResponse(context, row, await maySeeSecrets(context, row));
  },
  listAsyncJobs: async (context, params) => {
    const { count, rows } = await paged(context, params, 'job', matching(context, params), (query) =>
      selectJobs(query, context.caller).orderBy('job.created', 'desc').orderBy('job.id'),
    );
    const open = await Promise.all(rows.map((row) => maySeeSecrets(context, row)));
    return { count, items: rows.map((row, index) => jobResponse(context, row, open[index]!)) };
  },
} satisfies Handlers<'queryAsyncJobResult' | 'listAsyncJobs'>;

const from = (db: Database) => db.selectFrom('job');
type Query = ReturnType<typeof from>;

const selectJobs = (query: Query, caller: Caller) =>
  query
    .leftJoin('account', 'account.id', 'job.account_id')
    .leftJoin('domain', 'domain.id', 'job.domain_id')
    .leftJoin('server', 'server.number', 'job.server_number')
    .select([
      'job.id',
      'job.command',
      'job.status',
      'job.progress',
      'job.result',
      'job.error_code',
      'job.error_text',
      'job.error_public',
    ])
    .select([
      'job.instance_type',
      'job.instance_id',
      'job.user_id',
      'job.account_id',
      'job.domain_id',
      'job.created',
      'job.completed',
    ])
    .select(['account.name as account', 'domain.path', 'server.id as server_id', 'server.name as server_name'])
    .select((caller.role === 'Admin' ? everything : inHisCharge('job', caller)).as('knows_asker'));
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

/** What became of it, as the caller may read it: nothing while it is open. `open`: with what lies sealed. */
const outcome = ({ secrets, caller }: Reading, row: Row, open: boolean): ResponseOf<'queryAsyncJobResult'> => {
  const admin = caller.role === 'Admin';
  if (row.status === 2) {
    const errortext = (admin ? row.error_text : (row.error_public ?? row.error_text)) ?? '';
    return {
      jobresultcode: row.error_code ?? 530,
      jobresulttype: 'object',
      jobresult: { errorcode: row.error_code ?? 530, errortext },
    };
  }
  if (row.status !== 1) return { jobresultcode: 0 };
  const result = row.result ?? { success: true };
  return {
    jobresultcode: 0,
    jobresulttype: 'object',
    jobresult: jobResult({ secrets: open ? secrets : undefined, admin }, { ...row, result }),
  };
};

/** A member of the project that it is about is not told who asked: the project's events name him. */
const asker = (row: Row) => ({
  userid: row.user_id,
  accountid: row.account_id,
  account: row.account,
  domainid: row.domain_id,
  domainpath: row.path && displayPath(row.path),
});

type Reading = Pick<Context, 'secrets' | 'caller'>;
const jobResponse = (reading: Reading, row: Row, open: boolean): ResponseOf<'queryAsyncJobResult'> => ({
  jobid: row.id,
  jobstatus: row.status,
  jobprocstatus: row.status === 0 ? row.progress : 0,
  ...outcome(reading, row, open),
  jobinstancetype: row.instance_type,
  jobinstanceid: row.instance_id,
  cmd: row.command,
  ...(row.knows_asker && asker(row)),
  ...(reading.caller.role === 'Admin' && { managementserverid: row.server_id, managementservername: row.server_name }),
  created: row.created,
  completed: row.completed,
});

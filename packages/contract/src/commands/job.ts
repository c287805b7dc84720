import { caller, command, date, everyone, flatResponse, is, paging, response, scope, shows, string, uuid } from '../language.ts';

const fields = {
  jobid: is.string('the job'),
  jobstatus: is.integer('0 pending, 1 done, 2 failed'),
  jobprocstatus: is.integer('how far it is'),
  jobresultcode: is.integer('0, or the error’s code'),
  jobresulttype: is.string('object or text'),
  jobresult: is.json('what it answered, or errorcode and errortext'),
  jobinstancetype: is.string('the kind of thing that it is about'),
  jobinstanceid: is.string('what it is about'),
  cmd: is.string('the command'),
  userid: is.string('the user who called'),
  accountid: is.string('the account of that user, by id'),
  account: is.string('the account of that user'),
  domainid: is.string('the domain of that user'),
  domainpath: is.string('the path of that domain'),
  managementserverid: is.string('the management server that runs it'),
  managementservername: is.string('the name of that server'),
  created: is.date('when it was asked for'),
  completed: is.date('when it ended'),
};

export const job = response('asyncjobs', 'AsyncJobResponse', 'a job', fields);
export const jobResult = flatResponse('asyncjob', 'AsyncJobResponse', 'a job and what it answered', fields);

const about = {
  resourceid: string().doc('what it is about; goes with resourcetype'),
  resourcetype: string().doc('the kind of thing that it is about'),
};

export const jobCommands = {
  queryAsyncJobResult: command({
    kind: 'sync',
    doc: 'Answers how far a job is and what it answered.',
    roles: everyone,
    access: caller,
    always: true,
    params: { jobid: uuid('job').doc('the job'), ...about },
    response: jobResult,
  }),
  listAsyncJobs: command({
    kind: 'list',
    doc: 'Lists open jobs.',
    roles: everyone,
    access: shows('job'),
    params: {
      ...paging,
      ...scope,
      startdate: date().doc('not before; also shows jobs that ended since'),
      managementserverid: uuid('managementserver').doc('those that a management server runs').unused(),
      ...about,
    },
    response: job,
  }),
} as const;

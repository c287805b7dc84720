import { boolean, integer, is, long, string } from '../language.ts';

/** The open job of a thing; absent where there is none. */
export const openJob = {
  jobid: is.string('the latest open job about it'),
  jobstatus: is.integer('the state of that job: 0 is pending'),
};

/** Who owns a thing. */
export const owned = {
  account: is.string('the account that owns it, where no project does'),
  projectid: is.string('the project that owns it'),
  project: is.string('the name of that project'),
  domainid: is.string('the domain that it is in'),
  domain: is.string('the name of that domain'),
  domainpath: is.string('the path of that domain'),
};

/** Of what comments can be on. The server sets it in every answer that has it. */
export const annotated = {
  hasannotations: is.boolean('whether there is a comment on it that the caller may read'),
};

/** Limits of a disk's throughput, the same in every offering. */
export const throughput = {
  bytesreadrate: long().doc('bytes that may be read each second').unused(),
  bytesreadratemax: long().doc('bytes that may be read each second in a burst').unused(),
  bytesreadratemaxlength: long().doc('seconds that such a burst may last').unused(),
  byteswriterate: long().doc('bytes that may be written each second').unused(),
  byteswriteratemax: long().doc('bytes that may be written each second in a burst').unused(),
  byteswriteratemaxlength: long().doc('seconds that such a burst may last').unused(),
  iopsreadrate: long().doc('reads that may happen each second').unused(),
  iopsreadratemax: long().doc('reads that may happen each second in a burst').unused(),
  iopsreadratemaxlength: long().doc('seconds that such a burst may last').unused(),
  iopswriterate: long().doc('writes that may happen each second').unused(),
  iopswriteratemax: long().doc('writes that may happen each second in a burst').unused(),
  iopswriteratemaxlength: long().doc('seconds that such a burst may last').unused(),
  cachemode: string().doc('how writes are cached: none, writeback or writethrough').unused(),
};

/** Those, and what is settled when an offering is made. */
export const diskLimits = {
  ...throughput,
  customizediops: boolean().doc('let the user choose the number of operations').unused(),
  miniops: long().doc('operations each second that are guaranteed').unused(),
  maxiops: long().doc('operations each second that are never exceeded').unused(),
  hypervisorsnapshotreserve: integer().doc('percent of the pool kept for snapshots').unused(),
};

/** What lists can be asked for beside what they show. */
export const showicon = boolean().doc('show icons too').unused();
export const accessGroup = string().doc('only what this storage access group reaches').unused();
export const allocationState = string()
  .oneOf('Enabled', 'Disabled')
  .doc('Enabled or Disabled: whether new guests may be placed there');

import type { Database } from '../db/database.ts';
import type { JobRequest } from './request.ts';

/** Whose job it is: whoever asked for it. Members of the project that it is about see it too. */
export type JobOwner = {
  readonly command: string;
  readonly userId?: string;
  readonly accountId: string;
  readonly domainId: string;
  /** What it is about, where its request does not say. */
  readonly about?: { readonly type: string; readonly id: string } | undefined;
  /** The Scheduled event, which Started and Completed will follow. */
  readonly startEventId?: string;
};

export type Jobs = {
  /** Writes the job in the given transaction and answers its id; it is dispatched when that commits. */
  enqueue(db: Database, request: JobRequest, owner: JobOwner): Promise<string>;
};

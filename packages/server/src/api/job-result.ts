import {
  type Answer,
  type AnyCommand,
  commands,
  type Fields,
  format,
  isCommandName,
  type Json,
  type Response,
} from '@virtstack/contract';
import type { Secrets } from '../accounts/secrets.ts';

type Stored = Readonly<Record<string, unknown>>;
/** In a stored result: fields that must not lie open in the database, sealed for that job alone. */
const sealedField = 'sealed';
const purpose = (jobId: string): string => `job ${jobId}`;

/** Puts fields of a job's result away until whoever may ask for the job asks. */
export const sealFields = (
  secrets: Secrets,
  jobId: string,
  fields: Readonly<Record<string, string>>,
): { readonly sealed: string } => ({
  [sealedField]: secrets.seal(JSON.stringify(fields), purpose(jobId)).toString('base64'),
});

/** Whether a job's result holds what lies sealed. */
export const isSealed = (result: Stored | null): boolean =>
  Object.values(result ?? {}).some((object) => typeof object === 'object' && object !== null && sealedField in object);

/** A job's result as its command declares it: what a synchronous command would have answered. `secrets` absent: without what lies sealed. */
export function jobResult(
  secrets: Secrets | undefined,
  job: { readonly id: string; readonly command: string; readonly result: Stored },
): Json {
  const declared: AnyCommand | undefined = isCommandName(job.command) ? commands[job.command] : undefined;
  const key = declared?.response.key ?? '';
  const object = job.result[key];
  if (!declared || typeof object !== 'object' || object === null) return job.result as Json;
  return { [key]: format(declared.response, revived(declared.response, opened(secrets, job.id, object as Stored))) };
}

function opened(secrets: Secrets | undefined, jobId: string, object: Stored): Stored {
  const { [sealedField]: sealed, ...rest } = object;
  if (!secrets) return rest;
  return typeof sealed === 'string'
    ? { ...rest, ...JSON.parse(secrets.open(Buffer.from(sealed, 'base64'), purpose(jobId))) }
    : object;
}

/** JSON made texts of the dates. */
function revived(response: Response<Fields>, object: Stored): Answer<Fields> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => {
      const spec = response.fields[name]?.spec;
      if (value === null || value === undefined || !spec) return [name, value];
      if (spec.kind === 'date') return [name, new Date(value as string)];
      if (spec.kind === 'object') return [name, revived(spec.of!, value as Stored)];
      if (spec.kind === 'objects') return [name, (value as Stored[]).map((one) => revived(spec.of!, one))];
      return [name, value];
    }),
  );
}

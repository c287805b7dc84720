import {
  type Answer,
  type AnyCommand,
  body,
  type CommandName,
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

/** In a stored result: what stands in place of the same fields, or beside them, for admins alone. */
const adminsField = 'foradmins';

/** A job's result of which admins are shown more than everybody whose thing it is about. */
export const withMoreForAdmins = (everybody: Stored, admins: Stored): Stored => {
  const more = Object.entries(admins).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(everybody[name]));
  return { ...everybody, [adminsField]: Object.fromEntries(more) };
};

/** Whether a job's result holds what lies sealed. */
export const isSealed = (result: Stored | null): boolean =>
  Object.values(result ?? {}).some((object) => typeof object === 'object' && object !== null && sealedField in object);

type Finished = { readonly id: string; readonly command: string; readonly result: Stored };
/** To whom a result is shown. `secrets` absent: without what lies sealed. */
type Reader = { readonly secrets: Secrets | undefined; readonly admin: boolean };

/** A job's result as its command declares it: what a synchronous command would have answered to whoever reads it. */
export function jobResult(reader: Reader, job: Finished): Json {
  const declared: AnyCommand | undefined = isCommandName(job.command) ? commands[job.command] : undefined;
  const key = declared?.response.key ?? '';
  const object = job.result[key];
  if (!declared || typeof object !== 'object' || object === null) return plain(job.result);
  return { [key]: format(declared.response, revived(declared.response, opened(reader, job.id, object as Stored))) };
}

function opened({ secrets, admin }: Reader, jobId: string, object: Stored): Stored {
  const { [sealedField]: sealed, [adminsField]: more, ...rest } = object;
  return {
    ...rest,
    ...(admin && (more as Stored | undefined)),
    ...(secrets && typeof sealed === 'string' && JSON.parse(secrets.open(Buffer.from(sealed, 'base64'), purpose(jobId)))),
  };
}

/** Of what no command declares, nothing that is not for everybody. */
const plain = (result: Stored): Json =>
  Object.fromEntries(
    Object.entries(result).map(([name, value]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [name, value as Json];
      const { [sealedField]: _, [adminsField]: __, ...rest } = value as Stored;
      return [name, rest as Json];
    }),
  );

/** What a synchronous command answers that a job did. */
export function contentOf(command: CommandName, { id, result }: Omit<Finished, 'command'>): Readonly<Record<string, Json>> {
  const { response }: AnyCommand = commands[command];
  const object = response.flat ? result : opened({ secrets: undefined, admin: true }, id, result[response.key] as Stored);
  return body(command, revived(response, object) as never);
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

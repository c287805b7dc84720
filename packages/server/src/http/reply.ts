import { type CloudError, type ErrorKind, errorCodes } from '../error.ts';
import { cloudStackVersion } from '../version.ts';
import { toXml } from './xml.ts';

export type Format = 'json' | 'xml';
export type Reply = {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
};

/** The one object of an answer in its envelope. */
export function reply(format: Format, status: number, envelope: string, content: object, headers: Reply['headers'] = {}): Reply {
  const body =
    format === 'json'
      ? JSON.stringify({ [envelope]: content })
      : `<?xml version="1.0" encoding="UTF-8"?>${toXml(envelope, content).replace(`<${envelope}>`, `<${envelope} cloud-stack-version="${cloudStackVersion}">`)}`;
  const type = format === 'json' ? 'application/json;charset=UTF-8' : 'text/xml;charset=UTF-8';
  return { status, body, headers: { 'content-type': type, ...headers } };
}

/** CloudStack's finer numbers of errors (its CSExceptionErrorCode); 9999 where it has none. */
const fineCodes: Partial<Record<ErrorKind, number>> = {
  parameter: 4350,
  account: 4365,
  'resource-limit': 4370,
  capacity: 4335,
  unavailable: 4380,
  allocation: 4325,
  'in-use': 4375,
  conflict: 4360,
  internal: 4250,
};

export function errorReply(format: Format, envelope: string, error: CloudError): Reply {
  const code = errorCodes[error.kind];
  const content = { uuidList: [], errorcode: code, cserrorcode: fineCodes[error.kind] ?? 9999, errortext: error.message };
  return reply(format, code, code === errorCodes.unsupported ? 'errorresponse' : envelope, content, {
    'x-description': error.message.replace(/[^\x20-\x7e]/g, '?').slice(0, 300),
    ...(error.retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) }),
  });
}

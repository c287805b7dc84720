import { encode } from '../api/encode.ts';

const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The call as CloudMonkey takes it: `deploy virtualmachine zoneid=…` */
export const cmk = (command: string, params: object): string => {
  const verb = /^[a-z]+/.exec(command)?.[0] ?? '';
  const words = [...encode(params)].map(([name, value]) => `${name}=${quote(value)}`);
  return ['cmk', verb, command.slice(verb.length).toLowerCase(), ...words].join(' ');
};

/** The same as a form of the HTTP API; the caller adds apikey and signature, or his session. */
export const http = (command: string, params: object): string =>
  `POST /client/api/\ncommand=${command}&${encode(params)}&response=json`;

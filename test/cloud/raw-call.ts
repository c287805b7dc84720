import { request } from 'node:https';
import type { CommandName } from '@virtstack/contract';
import { signed } from '../../packages/cli/src/api-client.ts';
import type { Cloud } from './cloud.ts';

export type Values = Readonly<Record<string, string | number | boolean>>;
/** An answer as it came over the wire. */
export type RawAnswer = { readonly status: number; readonly type: string; readonly text: string };

/** Sends a form as it is (POST), or a query (any other method). */
export function send(cloud: Cloud, text: string, method = 'POST'): Promise<RawAnswer> {
  const url = new URL(cloud.admin.api);
  if (method !== 'POST') url.search = text;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const call = request(url, { method, ca: cloud.api.authority, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode!, type: answer.headers['content-type'] ?? '', text: body }));
    });
    call.on('error', reject);
    call.end(method === 'POST' ? text : undefined);
  });
}

/** Calls a command (or what is none), signed with the admin's keys or with others. */
export const sendSigned = (cloud: Cloud, command: string, values: Values = {}, keys = cloud.admin): Promise<RawAnswer> =>
  send(cloud, signed(command as CommandName, values, keys));

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Cloud } from '../cloud.ts';
import { peerName } from '../hosts/identity.ts';

const uuidPath = /^\/images\/([0-9a-f-]{36})$/;

/** `GET /images/TEMPLATE`: the whole image, for a host of this cloud that shows its certificate. */
export async function serveImage(cloud: Cloud, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const id = uuidPath.exec(new URL(request.url ?? '/', 'https://server').pathname)?.[1];
    if (id === undefined || request.method !== 'GET') return refuse(response, 404, 'There is nothing here.');
    const name = await peerName(cloud, request);
    if (name === undefined || !(await isHost(cloud, name)))
      return refuse(response, 403, 'Only hosts of this cloud fetch images.');
    const path = await imagePath(cloud, id);
    if (path === undefined) return refuse(response, 404, 'No such image is ready.');
    const { size } = await stat(path);
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), response);
  } catch (error) {
    cloud.log.warn({ err: error, url: request.url }, 'an image was not served to its end');
    if (response.headersSent) response.destroy();
    else refuse(response, 500, 'The image cannot be read.');
  }
}

const refuse = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
};

const isHost = async ({ db }: Cloud, guid: string): Promise<boolean> =>
  /^[0-9a-f-]{36}$/.test(guid) &&
  (await db.selectFrom('host').select('id').where('guid', '=', guid).where('removed', 'is', null).executeTakeFirst()) !==
    undefined;

const imagePath = async ({ db }: Cloud, templateId: string): Promise<string | undefined> =>
  (
    await db
      .selectFrom('template_store')
      .select('path')
      .where('template_id', '=', templateId)
      .where('state', '=', 'Ready')
      .where('path', 'is not', null)
      .executeTakeFirst()
  )?.path ?? undefined;

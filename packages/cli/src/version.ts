import { readFileSync } from 'node:fs';

/** The repository's root, the folder of `./virtstack`. */
export const root = new URL('../../../', import.meta.url).pathname.replace(/\/$/, '');

export const version: string = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version;

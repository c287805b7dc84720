import { readFileSync } from 'node:fs';
import { root } from '@virtstack/shell/places.ts';

export const version: string = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version;

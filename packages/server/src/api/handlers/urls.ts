import { posix } from 'node:path';
import { refuse } from './rows.ts';

/** The directory that a URL of storage names. @throws {CloudError} `parameter`: there is no URL, its scheme is another, or it names no proper directory. */
export function directoryOf(url: string | undefined, of: string, ...schemes: readonly string[]): string {
  const wanted = schemes.map((scheme) => `${scheme}:///DIRECTORY`).join(' or ');
  if (!url) return refuse(`url is missing: ${of} needs ${wanted}.`);
  const [, scheme = '', host = '', path = ''] = /^([A-Za-z]+):\/\/([^/]*)(\/.*)$/.exec(url) ?? [];
  if (!schemes.some((one) => one.toLowerCase() === scheme.toLowerCase()))
    return refuse(`url=${url}: this version keeps ${of} at ${wanted}; ${scheme || 'another kind of address'} is not there yet.`);
  if (host !== '' && host !== 'localhost')
    return refuse(`url=${url}: a directory is on the host itself. Write ${wanted}, with three slashes.`);
  const directory = decoded(path).replace(/(?<=.)\/+$/, '');
  if (directory === '/' || posix.normalize(directory) !== directory || !/^[\w./@+-]+$/.test(directory))
    return refuse(
      `url=${url}: ${directory} is not a proper directory. Write an absolute path of letters, digits and _ . - + @, without . and ..`,
    );
  return directory;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

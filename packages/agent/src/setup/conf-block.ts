const begin = '# virtstack: begin (taken out again when the host leaves its cloud)';
const end = '# virtstack: end';
const block = /# virtstack: begin[^\n]*\n[\s\S]*?# virtstack: end\n/g;

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** A configuration with our lines at its end, in place of those of before. */
export const withBlock = (text: string, lines: readonly string[]): string =>
  `${ended(withoutBlock(text))}${[begin, ...lines, end, ''].join('\n')}`;

/** Without them. */
export const withoutBlock = (text: string): string => text.replace(block, '');

/** The file as it was before, save for what others have changed in it since. */
export const restored = (text: string, before: string): string => {
  const left = withoutBlock(text);
  return left === ended(before) ? before : left;
};

/** What is set in one of libvirt's configuration files, by name, the values as they are written. */
export const settings = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^[ \t]*([a-z_]+)[ \t]*=[ \t]*(.*?)[ \t]*$/gm)].map(([, name, value]) => [name!, value!]));

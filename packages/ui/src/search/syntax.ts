/** One word of a search: `text`, `"two words"`, `field:value` or `field:"two words"`. */
export type Term = { readonly field?: string; readonly value: string };

const word = /(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi;

/** Never fails: a quote that is still open ends with the text. */
export const parse = (text: string): readonly Term[] =>
  [...text.matchAll(word)].map(([, field, quoted, plain]) => {
    const value = quoted ?? plain ?? '';
    return field ? { field: field.toLowerCase(), value } : { value };
  });

/** Per field of the search, the parameter that carries it and what its values become; undefined is a value that cannot be. */
export type Searchable = Readonly<
  Record<string, { readonly param: string; readonly to?: (value: string) => string | undefined }>
>;

export type Search = { readonly params: Readonly<Record<string, string>>; readonly problem?: string };

/** What a list is asked for. A term that the server cannot search by is a problem that names what it can, never silently dropped. */
export const toParams = (text: string, searchable: Searchable): Search => {
  const params: Record<string, string> = {};
  const words: string[] = [];
  for (const { field, value } of parse(text)) {
    if (!field) {
      words.push(value);
      continue;
    }
    const known = Object.hasOwn(searchable, field) ? searchable[field] : undefined;
    if (!known)
      return { params: {}, problem: `There is no “${field}:” here. Try ${Object.keys(searchable).join(':, ')}: or plain words.` };
    const sent = known.to ? known.to(value) : value;
    if (sent === undefined) return { params: {}, problem: `“${value}” is not a ${field}.` };
    if (params[known.param] !== undefined) return { params: {}, problem: `“${field}:” can be given once.` };
    params[known.param] = sent;
  }
  return { params: words.length > 0 ? { ...params, keyword: words.join(' ') } : params };
};

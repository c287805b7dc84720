import { setQuery, usePlace } from '../location.ts';

export type TableState = {
  readonly text: string;
  readonly page: number;
  readonly pagesize: number;
  readonly search: (text: string) => void;
  readonly turn: (page: number) => void;
  readonly resize: (pagesize: number) => void;
};

const size = 20;
const positive = (text: string | null, otherwise: number): number => {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
};

/** What a table shows, kept in the address so that it can be shared: `?filter=…&page=2&pagesize=50` */
export const useTable = (): TableState => {
  const { query } = usePlace();
  return {
    text: query.get('filter') ?? '',
    page: positive(query.get('page'), 1),
    pagesize: Math.min(positive(query.get('pagesize'), size), 500),
    search: (filter) => setQuery({ filter, page: '' }),
    turn: (page) => setQuery({ page: page === 1 ? '' : String(page) }, 'push'),
    resize: (pagesize) => setQuery({ pagesize: pagesize === size ? '' : String(pagesize), page: '' }),
  };
};

import type { Item } from '../api/types.ts';
import { bytes } from '../format.ts';

/** Of what an account or a project may have only so much, as far as an instance takes of it. */
const kinds = ['vm', 'cpu', 'memory', 'volume', 'primarystorage'] as const;
export type Kind = (typeof kinds)[number];

/** How much of each is wanted, in the units of limits: memory in MiB, storage in GiB. */
export type Wanted = Readonly<Record<Kind, number>>;

/** What the API tells of an account, and of a project. */
type Figures = Pick<Item<'listProjects'>, `${Kind}limit` | `${Kind}total`>;

export type Limit = {
  readonly kind: Kind;
  readonly most: number;
  readonly used: number;
  readonly wanted: number;
  /** More is wanted than is left. */
  readonly exceeded: boolean;
};

/** What is limited; `Unlimited` is not. */
export const limitsOf = (figures: Figures, wanted: Wanted): readonly Limit[] =>
  kinds.flatMap((kind) => {
    const most = Number(figures[`${kind}limit`] ?? Number.NaN);
    if (Number.isNaN(most) || most < 0) return [];
    const used = Number(figures[`${kind}total`] ?? 0);
    return [{ kind, most, used, wanted: wanted[kind], exceeded: used + wanted[kind] > most }];
  });

const unit: Readonly<Partial<Record<Kind, number>>> = { memory: 1024 ** 2, primarystorage: 1024 ** 3 };

/** An amount as people read it. */
export const amount = (kind: Kind, count: number): string => {
  const size = unit[kind];
  return size ? bytes(count * size) : String(count);
};

import { Progress, Title } from '@patternfly/react-core';
import { texts } from '../texts.ts';
import { amount, type Limit } from './limits.ts';

const t = texts.limits;

const wordsOf = ({ kind, used, most, wanted, exceeded }: Limit): string => {
  const words = t.used(amount(kind, used), amount(kind, most));
  return exceeded ? `${words}, ${t.wanted(amount(kind, wanted))}` : words;
};

/** How much of each limit is used; what is wanted besides and does not fit stands out. */
export const LimitsPanel = ({ whose, limits }: { whose: string; limits: readonly Limit[] }) => (
  <aside className="vs-limits" aria-labelledby="limits">
    <Title headingLevel="h2" size="md" id="limits">
      {t.title(whose)}
    </Title>
    {limits.map((limit) => {
      const { kind, used, most, exceeded } = limit;
      return (
        <Progress
          key={kind}
          id={`limit-${kind}`}
          size="sm"
          measureLocation="top"
          title={t.kinds[kind]}
          value={most === 0 ? 100 : Math.min(100, (100 * used) / most)}
          label={wordsOf(limit)}
          valueText={wordsOf(limit)}
          {...(exceeded ? { variant: 'danger' as const } : {})}
        />
      );
    })}
    {limits.some(({ exceeded }) => exceeded) && <p className="vs-problem">{t.exceeded}</p>}
  </aside>
);

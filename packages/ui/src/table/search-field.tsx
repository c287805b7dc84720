import { SearchInput } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import { texts } from '../texts.ts';

type Props = {
  readonly text: string;
  readonly search: (text: string) => void;
  readonly placeholder: string;
  readonly problem?: string | undefined;
};

const pauseMs = 250;

/** Searches when the typing pauses. */
export const SearchField = ({ text, search, placeholder, problem }: Props) => {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the pause anew
  useEffect(() => {
    if (typed === text) return;
    const pause = setTimeout(() => search(typed), pauseMs);
    return () => clearTimeout(pause);
  }, [typed]);
  return (
    <div className="vs-search">
      <SearchInput
        aria-label={texts.search.label}
        placeholder={placeholder}
        value={typed}
        onChange={(_event, value) => setTyped(value)}
        onClear={() => search('')}
        resetButtonLabel={texts.search.clear}
      />
      {problem && (
        <span className="vs-problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
};

import { Alert } from '@patternfly/react-core';
import { useEffect, useRef } from 'react';
import { ApiError, textOf } from '../api/error.ts';
import { Link } from '../link.tsx';
import { texts } from '../texts.ts';

const limitReached = 532;

/** Why something was not done, in the server's words; where a limit is in the way, also where room can be made. */
export const Refusal = ({ title, error }: { title: string; error: unknown }) => {
  const place = useRef<HTMLDivElement>(null);
  // Forms are longer than windows, and this stands above what was pressed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal is looked at anew
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' }); // answers a promise in newer browsers
  }, [error]);
  const atLimit = error instanceof ApiError && error.status === limitReached;
  return (
    <div ref={place}>
      <Alert component="p" isInline isLiveRegion variant="danger" title={atLimit ? texts.limits.reached(title) : title}>
        <p>{textOf(error)}</p>
        {atLimit && <Link to="/instances">{texts.limits.giveBack}</Link>}
      </Alert>
    </div>
  );
};

import { Button } from '@patternfly/react-core';
import type { Offer } from '../forms/use-actions.tsx';
import { refusal } from '../instances/actions.ts';
import { base } from '../location.ts';
import { texts } from '../texts.ts';
import { freshAddress } from './address.ts';
import { Console } from './console.tsx';

type Props = { readonly id: string; readonly name: string; readonly state: string; readonly start: Offer | undefined };

/** An instance's console on its page. */
export const ConsolePanel = ({ id, name, state, start }: Props) => (
  <Console
    label={texts.console.label(name)}
    on={refusal('console', state) === undefined}
    address={() => freshAddress(id)}
    off={
      <>
        <span role="status">{texts.console.off(name, state)}</span>
        {start && !start.reason && (
          <Button size="sm" onClick={start.act}>
            {texts.actions.start}
          </Button>
        )}
      </>
    }
    popOut={() => open(`${base}/console/?vm=${id}`, `console-${id}`, 'popup,width=1000,height=650')}
  />
);

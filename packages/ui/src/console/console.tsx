import { Button, Label, Tooltip } from '@patternfly/react-core';
import { type ReactNode, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import type { ConsoleState } from './connection.ts';
import { TypeText } from './type-text.tsx';
import { useConsole } from './use-console.ts';

type Props = {
  readonly label: string;
  /** Whether there is something to connect to. */
  readonly on: boolean;
  readonly address: () => Promise<string | undefined>;
  /** Shown instead of the connection's state while it is off. */
  readonly off?: ReactNode;
  readonly popOut?: (() => void) | undefined;
};

const t = texts.console;

const Status = ({ state }: { state: ConsoleState }) => {
  const shown = {
    connecting: () => <Label color="blue">{t.connecting}</Label>,
    open: () => <Label color="green">{t.open}</Label>,
    waiting: (reason: string) => <Label color="orange">{t.closed(reason)}</Label>,
    ended: (reason: string) => <Label color="red">{reason}</Label>,
  };
  return <span role="status">{shown[state.kind]('reason' in state ? state.reason : '')}</span>;
};

/** A serial console: the terminal, how its connection stands, and what a keyboard alone cannot do. */
export const Console = ({ label, on, address, off, popOut }: Props) => {
  const whole = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [typing, setTyping] = useState(false);
  const { state, screen, type } = useConsole(frame, label, on, address);
  const live = on && state.kind === 'open';
  const tellSize = (): void => {
    const { rows = 24, columns = 80 } = screen?.size() ?? {};
    type(`stty rows ${rows} cols ${columns}\r`);
    screen?.focus();
  };
  return (
    <section className="vs-console" ref={whole} aria-label={label}>
      <div className="vs-console-bar">
        {on ? <Status state={state} /> : off}
        <span className="vs-console-keys">{t.keys}</span>
        <Button variant="secondary" size="sm" isDisabled={!live} onClick={() => setTyping(true)}>
          {t.paste}
        </Button>
        <Tooltip content={t.sizeHint}>
          <Button variant="secondary" size="sm" isAriaDisabled={!live} onClick={tellSize}>
            {t.size}
          </Button>
        </Tooltip>
        {popOut && (
          <Button variant="secondary" size="sm" onClick={popOut}>
            {t.popOut}
          </Button>
        )}
        <Button variant="secondary" size="sm" onClick={() => void whole.current?.requestFullscreen().then(() => screen?.focus())}>
          {t.fullScreen}
        </Button>
      </div>
      <div className={`vs-terminal ${live ? '' : 'vs-dim'}`} ref={frame} />
      {typing && <TypeText send={(text) => screen?.paste(text)} close={() => setTyping(false)} />}
    </section>
  );
};

import { type RefObject, useEffect, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { type Console, type ConsoleState, openConsole } from './connection.ts';
import type { Screen } from './terminal.ts';

/** The terminal stays, with what it showed, while its connection comes and goes with `on`. Its code is loaded only here. */
export const useConsole = (
  frame: RefObject<HTMLDivElement | null>,
  label: string,
  on: boolean,
  address: () => Promise<string | undefined>,
): { state: ConsoleState; screen: Screen | undefined; type: (text: string) => void } => {
  const [state, setState] = useState<ConsoleState>({ kind: 'connecting' });
  const [screen, setScreen] = useState<Screen>();
  const connection = useRef<Console>(undefined);
  const latest = useRef(address);
  latest.current = address;

  useEffect(() => {
    let opened: Screen | undefined;
    let gone = false;
    const open = async (): Promise<void> => {
      const [{ openScreen }] = await Promise.all([
        import('./terminal.ts'),
        document.fonts.load('14px RedHatMono').catch(() => []),
      ]);
      if (gone || !frame.current) return;
      opened = openScreen(frame.current, label, (text) => connection.current?.type(text));
      setScreen(opened);
    };
    void open();
    return () => {
      gone = true;
      opened?.dispose();
    };
  }, [frame, label]);

  useEffect(() => {
    if (!on || !screen) return;
    const joined = openConsole({
      address: () => latest.current(),
      show: screen.write,
      state: setState,
      texts: { ended: texts.console.ended, noAddress: texts.console.noTicket },
    });
    connection.current = joined;
    screen.focus();
    return () => {
      joined.close();
      connection.current = undefined;
    };
  }, [on, screen]);

  return { state, screen, type: (text) => connection.current?.type(text) };
};

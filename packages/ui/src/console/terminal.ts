import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';

/** A terminal on the page, in the product's own words for it. */
export type Screen = {
  readonly write: (bytes: Uint8Array) => void;
  readonly focus: () => void;
  readonly paste: (text: string) => void;
  readonly size: () => { readonly rows: number; readonly columns: number };
  readonly dispose: () => void;
};

const fontFamily = 'RedHatMono, "Red Hat Mono", monospace';
const colors = { background: '#151515', foreground: '#e8e8e8', cursor: '#e8e8e8', selectionBackground: '#4d4d4d' };

/** Copies with Ctrl+Shift+C; Ctrl+C alone is the guest's. */
const copies = (terminal: Terminal) => (event: KeyboardEvent) => {
  if (!(event.ctrlKey && event.shiftKey && event.code === 'KeyC')) return true;
  event.preventDefault();
  if (event.type === 'keydown') void navigator.clipboard?.writeText(terminal.getSelection());
  return false;
};

/** Puts a terminal into an element and keeps it as large as that. */
export const openScreen = (element: HTMLElement, label: string, typed: (text: string) => void): Screen => {
  const terminal = new Terminal({ fontFamily, fontSize: 14, scrollback: 10_000, theme: colors, cursorBlink: true });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  terminal.textarea?.setAttribute('aria-label', label);
  terminal.attachCustomKeyEventHandler(copies(terminal));
  terminal.onData(typed);
  const watch = new ResizeObserver(() => fit.fit());
  watch.observe(element);
  return {
    write: (bytes) => terminal.write(bytes),
    focus: () => terminal.focus(),
    paste: (text) => terminal.paste(text),
    size: () => ({ rows: terminal.rows, columns: terminal.cols }),
    dispose: () => {
      watch.disconnect();
      terminal.dispose();
    },
  };
};

/** How a console stands. `waiting` tries again by itself; `ended` does not. */
export type ConsoleState =
  | { readonly kind: 'connecting' | 'open' }
  | { readonly kind: 'waiting' | 'ended'; readonly reason: string };

export type Console = { readonly type: (text: string) => void; readonly close: () => void };

type Options = {
  /** A fresh WebSocket address: each is good once. Undefined when there is none any more. */
  readonly address: () => Promise<string | undefined>;
  readonly show: (bytes: Uint8Array) => void;
  readonly state: (state: ConsoleState) => void;
  readonly texts: { readonly ended: string; readonly noAddress: string };
};

const pauseMs = (failures: number): number => Math.min(500 * 2 ** failures, 5000);
const encoder = new TextEncoder();

/** Joins a serial console and joins it again whenever the connection ends, until it is closed. */
export const openConsole = ({ address, show, state, texts }: Options): Console => {
  let socket: WebSocket | undefined;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let failures = 0;

  const again = (reason: string): void => {
    if (closed) return;
    state({ kind: 'waiting', reason });
    pause = setTimeout(() => void connect(), pauseMs(failures));
    failures += 1;
  };
  const join = (url: string): void => {
    const joined = new WebSocket(url);
    socket = joined;
    joined.binaryType = 'arraybuffer';
    joined.onopen = () => {
      failures = 0;
      state({ kind: 'open' });
    };
    joined.onmessage = ({ data }) => show(typeof data === 'string' ? encoder.encode(data) : new Uint8Array(data as ArrayBuffer));
    joined.onclose = ({ reason }) => again(reason || texts.ended);
  };
  const connect = async (): Promise<void> => {
    state({ kind: 'connecting' });
    try {
      const url = await address();
      if (closed) return;
      if (url) join(url);
      else state({ kind: 'ended', reason: texts.noAddress });
    } catch (error) {
      again(error instanceof Error ? error.message : String(error));
    }
  };
  void connect();
  return {
    type: (text) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(encoder.encode(text));
    },
    close: () => {
      closed = true;
      clearTimeout(pause);
      if (socket) socket.onclose = null;
      socket?.close();
    },
  };
};

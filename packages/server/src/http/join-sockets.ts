import type { WebSocket } from 'ws';

/** Bytes on their way to a slow side at which the other one is told to wait. */
const high = 256 * 1024;
const low = 64 * 1024;
const lookMs = 20;

/** Passes messages both ways; neither side can fill our memory. When one ends, the other does, with its reason. */
export function joinSockets(a: WebSocket, b: WebSocket): void {
  pass(a, b);
  pass(b, a);
  // Both were paused until somebody listens: what came meanwhile must not be lost.
  a.resume();
  b.resume();
}

function pass(from: WebSocket, to: WebSocket): void {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (to.bufferedAmount > low && to.readyState === to.OPEN) return;
    clearInterval(timer);
    timer = undefined;
    from.resume();
  };
  from.on('message', (data: Buffer) => {
    if (to.readyState !== to.OPEN) return;
    to.send(data, { binary: true });
    if (timer || to.bufferedAmount < high) return;
    from.pause();
    timer = setInterval(look, lookMs);
  });
  from.once('close', (code, reason) => {
    clearInterval(timer);
    to.resume();
    to.close(isSendable(code) ? code : 1011, reason);
  });
  from.on('error', () => from.terminate());
}

/** Some codes are only ever seen, never sent. */
const isSendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

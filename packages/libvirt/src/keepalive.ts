/** How often a silent peer is asked for a sign of life, and how many questions may stay unanswered. */
export type KeepaliveOptions = { readonly intervalMs: number; readonly count: number };

export type Keepalive = {
  /** Something arrived, whatever it was. */
  heard(): void;
  stop(): void;
};

/** Asks the peer (`ping`) whenever an interval passed in silence; after `count` unanswered questions it is `dead`. */
export const keepalive = (options: KeepaliveOptions, { ping, dead }: { ping(): void; dead(): void }): Keepalive => {
  let heard = true;
  let asked = 0;
  const tick = () => {
    if (heard) asked = 0;
    if (!heard && asked >= options.count) return dead();
    if (!heard) {
      asked += 1;
      ping();
    }
    heard = false;
  };
  const timer = setInterval(tick, options.intervalMs);
  return {
    heard: () => {
      heard = true;
    },
    stop: () => clearInterval(timer),
  };
};

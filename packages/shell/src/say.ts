const start = performance.now();
let relay: ((line: string) => void) | undefined;

/** One line of progress, with the seconds since the start. */
export function say(line: string): void {
  const text = `${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${line}`;
  if (relay) relay(text);
  else process.stdout.write(`${text}\n`);
}

/** A line as it is. */
export function print(line: string): void {
  if (relay) relay(line);
  else process.stdout.write(`${line}\n`);
}

/** Sends every line elsewhere (to the process that waits for this one to be ready). */
export function relayTo(target: ((line: string) => void) | undefined): void {
  relay = target;
}

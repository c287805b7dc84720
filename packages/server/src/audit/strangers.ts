/** Who guesses cannot write the log full, and so push out what others did: so many refusals are told, of the rest how many there were. */
const everyMs = 60_000;
const mostOfAddress = 30;
const mostOfAll = 300;

/** Whether one more refusal of that address is told; and how many were not before it. */
export type Strangers = (address: string) => { readonly untold?: number } | undefined;

export function countStrangers(now: () => number = () => performance.now()): Strangers {
  let ends = now() + everyMs;
  let [told, untold] = [0, 0];
  const addresses = new Map<string, number>();
  return (address) => {
    if (now() > ends) {
      ends = now() + everyMs;
      told = 0;
      addresses.clear();
    }
    const before = addresses.get(address) ?? 0;
    if (before >= mostOfAddress || told >= mostOfAll) {
      untold++;
      return undefined;
    }
    addresses.set(address, before + 1);
    told++;
    const since = untold;
    untold = 0;
    return since > 0 ? { untold: since } : {};
  };
}

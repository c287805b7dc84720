import { run } from '@virtstack/shell/run.ts';
import { UserError } from '@virtstack/shell/user-error.ts';

export type Subnet = { readonly gateway: string; readonly netmask: string; readonly start: string; readonly end: string };

/** The first 10.1.N.0/24 that no route of this machine knows. @throws {UserError} there is none. */
export async function freeSubnet(): Promise<Subnet> {
  const { stdout } = await run(['ip', '-j', '-4', 'route', 'show', 'table', 'all']);
  const found = firstFree((JSON.parse(stdout || '[]') as { dst: string }[]).map(({ dst }) => dst));
  if (found) return found;
  throw new UserError('no free network was found among 10.1.1.0/24 to 10.1.254.0/24: this machine has routes to all of them.');
}

/** The same for given destinations (`10.0.0.0/8`, `10.1.1.7`, `default`). */
export function firstFree(destinations: readonly string[]): Subnet | undefined {
  const taken = destinations.map(range).filter((found) => found !== undefined);
  for (let n = 1; n < 255; n++) {
    const first = number(`10.1.${n}.0`);
    if (taken.every(([from, to]) => to < first || from > first + 255))
      return { gateway: `10.1.${n}.1`, netmask: '255.255.255.0', start: `10.1.${n}.10`, end: `10.1.${n}.250` };
  }
  return undefined;
}

const number = (address: string): number => address.split('.').reduce<number>((sum, part) => sum * 256 + Number(part), 0);

function range(destination: string): [number, number] | undefined {
  const [, address, length] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(destination) ?? [];
  if (!address) return undefined;
  const size = 2 ** (32 - Number(length ?? 32));
  const first = Math.floor(number(address) / size) * size;
  return [first, first + size - 1];
}

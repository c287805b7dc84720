/** A value's way into an attribute or a text and back. `read` throws Error with the reason; whoever calls adds the place. */
export interface Codec<T> {
  read(text: string): T;
  write(value: T): string;
}

export const text: Codec<string> = { read: (value) => value, write: (value) => value };

/** A whole number that JavaScript holds exactly; both directions throw otherwise. */
export const integer: Codec<number> = {
  read: (value) => {
    if (!/^[+-]?\d+$/.test(value.trim())) throw new Error(`${JSON.stringify(value)} is not a whole number`);
    return exact(Number(value));
  },
  write: (value) => String(exact(value)),
};

/** One of these words and no other. */
export function oneOf<const W extends string>(...words: readonly W[]): Codec<W> {
  const checked = (value: string): W => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Error(`${JSON.stringify(value)} is none of ${words.join(', ')}`);
    return found;
  };
  return { read: checked, write: checked };
}

const spelled = (yes: string, no: string): Codec<boolean> => {
  const words = oneOf(yes, no);
  return { read: (value) => words.read(value) === yes, write: (value) => (value ? yes : no) };
};
export const yesNo = spelled('yes', 'no');
export const onOff = spelled('on', 'off');

const powers = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** Bytes in one of libvirt's units: `b`, `bytes`; `KB` is 1000, `KiB` and a bare `K` are 1024. Throws for any other. */
export function bytesIn(unit: string): number {
  if (unit === 'b' || unit === 'bytes') return 1;
  const [, letter, suffix] = /^([KMGTPE])(iB|B)?$/i.exec(unit) ?? [];
  if (letter === undefined) throw new Error(`${JSON.stringify(unit)} is not a unit of size`);
  return (suffix?.toUpperCase() === 'B' ? 1000 : 1024) ** powers.indexOf(letter.toUpperCase());
}

function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is not a whole number that can be held exactly`);
  return value;
}

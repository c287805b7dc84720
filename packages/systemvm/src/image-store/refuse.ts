import { PeerError } from '@virtstack/protocol';

/** Ends with a refusal: `kind` is for the server to branch on, the message says what, why with numbers, and what to do. */
export const refuse = (kind: string, message: string, detail?: string): never => {
  throw new PeerError(kind, message, detail);
};

/** A number of bytes as people read it, in IEC units: `4 KiB`, `1.5 GiB`. */
export const bytes = (count: number): string => {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  const power = count < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
};

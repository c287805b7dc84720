import { median, milliseconds } from './figures.ts';

/** Prints what a deploy costs, ms, beside the same by hand; answers whether the difference is allowed: at most 20 % or 150 ms, whichever is larger. */
export function told({ ours, hand }: { ours: readonly number[]; hand: readonly number[] }, where = ''): boolean {
  const [cloudMs, handMs] = [median(ours), median(hand)];
  const allowed = Math.max(handMs * 0.2, 150);
  const held = cloudMs - handMs <= allowed;
  const range = (values: readonly number[]): string =>
    `median ${milliseconds(median(values))} (${milliseconds(Math.min(...values))} to ${milliseconds(Math.max(...values))})`;
  console.log(`deployVirtualMachine   ${range(ours)}${where}`);
  console.log(`qemu-img, virsh        ${range(hand)}`);
  const ratio = (cloudMs / handMs).toFixed(2);
  const verdict = held ? 'held' : 'NOT HELD';
  console.log(
    `more                   ${milliseconds(cloudMs - handMs)} (ratio ${ratio}); allowed ${milliseconds(allowed)}: ${verdict}`,
  );
  return held;
}

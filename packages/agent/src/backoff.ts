/** How long to wait before the next try, in ms: full jitter below a ceiling that doubles with each failure. */
export const backoff = (failures: number, firstMs: number, capMs: number): number =>
  Math.random() * Math.min(capMs, firstMs * 2 ** Math.min(failures, 30));

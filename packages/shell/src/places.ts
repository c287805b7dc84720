/** The repository's root, the folder of `./virtstack`. */
export const root = new URL('../../../', import.meta.url).pathname.replace(/\/$/, '');

/** Things that can be made again: bundles, the small template, the lab's images. */
export const cacheDir =
  process.env.VIRTSTACK_CACHE ??
  (process.getuid?.() === 0 ? '/var/cache/virtstack' : `${process.env.HOME ?? '/tmp'}/.cache/virtstack`);

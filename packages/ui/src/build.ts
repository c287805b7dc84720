import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const source = import.meta.dirname;
const publicPath = '/client/assets/';

/** Italics and the icon font are declared by PatternFly and used nowhere here: without the declaration they are not copied. */
const usedFontsOnly: Plugin = {
  name: 'used-fonts-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /react-core\/dist\/styles\/base\.css$/ }, async ({ path }) => {
      const css = await readFile(path, 'utf8');
      const contents = css.replace(/@font-face\s*\{[^}]*\}/g, (face) => (/Italic|pficon/.test(face) ? '' : face));
      return { contents, loader: 'css' };
    }),
};

const options = (assets: string) =>
  ({
    entryPoints: { app: join(source, 'main.tsx') },
    outdir: assets,
    publicPath,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    metafile: true,
    legalComments: 'linked',
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.woff2': 'file', '.svg': 'empty' },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  }) satisfies BuildOptions;

/** Drops the style of every PatternFly component whose class names (`x.mjs` beside `x.css`) are not in the bundle: esbuild drops unused code, never its style. */
const usedStylesOnly = (used: ReadonlySet<string>): Plugin => ({
  name: 'used-styles-only',
  setup: ({ onLoad }) =>
    onLoad({ filter: /react-styles\/css\/.*\.css$/ }, ({ path }) =>
      used.has(relative('', path.replace(/\.css$/, '.mjs'))) ? undefined : { contents: '', loader: 'css' },
    ),
});

const bundledFiles = ({ outputs }: Metafile): ReadonlySet<string> =>
  new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs).filter((file) => inputs[file]?.bytesInOutput)));

/** Bundles twice: the first run only finds out what is used. */
const bundle = async (assets: string) => {
  const tried = await build({ ...options(assets), write: false, minify: false });
  return build({ ...options(assets), plugins: [usedFontsOnly, usedStylesOnly(bundledFiles(tried.metafile))] });
};

/** What the browser fetches before anything shows: the entry, its style and the chunks that it imports at once. */
const firstLoad = (metafile: Metafile): readonly string[] => {
  const entry = Object.keys(metafile.outputs).find((file) => metafile.outputs[file]?.entryPoint?.endsWith('main.tsx')) ?? '';
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) if (kind === 'import-statement') visit(path);
  };
  visit(entry);
  const style = metafile.outputs[entry]?.cssBundle;
  return style ? [...seen, style] : [...seen];
};

const tag = (file: string): string => {
  const url = publicPath + basename(file);
  return file.endsWith('.css') ? `<link rel="stylesheet" href="${url}">` : `<script type="module" src="${url}"></script>`;
};

export type UiSizes = { readonly firstLoadBytes: number; readonly firstLoadGzipBytes: number; readonly laterGzipBytes: number };

/** Writes the whole UI to a directory: index.html, and assets/ whose names carry their hash and which lie beside their .gz. */
export const buildUi = async ({ outDir }: { readonly outDir: string }): Promise<UiSizes> => {
  const assets = join(outDir, 'assets');
  await rm(assets, { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  const { metafile } = await bundle(assets);
  await copyFile(join(source, 'icon.svg'), join(assets, 'icon.svg'));
  const first = firstLoad(metafile);
  const page = await readFile(join(source, 'index.html'), 'utf8');
  const tags = [first[0] ?? '', ...first.filter((file) => file.endsWith('.css'))].map(tag).join('\n    ');
  await writeFile(join(outDir, 'index.html'), page.replace('<!-- assets -->', tags));
  return measure(first, Object.keys(metafile.outputs));
};

const measure = async (first: readonly string[], all: readonly string[]): Promise<UiSizes> => {
  const sizes = { firstLoadBytes: 0, firstLoadGzipBytes: 0, laterGzipBytes: 0 };
  for (const file of all.filter((name) => /\.(js|css)$/.test(name))) {
    const content = await readFile(file);
    const packed = gzipSync(content, { level: 9 });
    await writeFile(`${file}.gz`, packed);
    if (first.includes(file)) {
      sizes.firstLoadBytes += content.length;
      sizes.firstLoadGzipBytes += packed.length;
    } else sizes.laterGzipBytes += packed.length;
  }
  return sizes;
};

if (import.meta.main) console.log(await buildUi({ outDir: process.argv[2] ?? 'dist/ui' }));

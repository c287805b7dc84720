/** A way in which a host runs guests; `ownLoader`: the image's own boot loader is started, not one of the host's. */
export type ModeFacts = { readonly name: string; readonly ownLoader: boolean };
/** How a guest is run (undefined: nobody knows), and in which other ways its host could run it. */
export type Modes = { readonly now: string | undefined; readonly others: readonly ModeFacts[] };

type Problem = {
  /** A line as it stands on the console; the first group is shown. */
  readonly sign: RegExp;
  /** It is the last line: a prompt. */
  readonly last?: true;
  /** A line that must follow: what came before it was only a warning otherwise. */
  readonly followedBy?: RegExp;
  /** Nothing was said for so long, ms. GRUB waits 10 s before it goes on after an error that it survives. */
  readonly quietMs: number;
  readonly cause: (words: string, mode: string) => string;
  readonly advice: (others: readonly ModeFacts[]) => string;
};

const choose = (modes: readonly ModeFacts[], or: string): string =>
  modes.length === 0 ? `use ${or}` : `choose virtualizationMode=${modes.map(({ name }) => name).join(' or ')}, or ${or}`;

const grubError = /^error: (.+)/;

/** What is written where a guest does not boot, the most telling first. */
const problems: readonly Problem[] = [
  {
    sign: /^error: (not \w+ image|invalid magic number|kernel doesn't support .+|unsupported .*compression|premature end of file .+)/,
    quietMs: 15_000,
    cause: (words, mode) => `GRUB cannot load this kernel${mode} (${words})`,
    advice: (others) => choose(others, 'a kernel compressed with gzip or xz'),
  },
  {
    sign: /^grub rescue>/,
    last: true,
    quietMs: 8_000,
    cause: (words) => `GRUB does not find its own files on the root disk (${words || 'it waits at its rescue prompt'})`,
    advice: () => 'the image is damaged, or its boot loader was installed for another disk',
  },
  {
    sign: /^grub>/,
    last: true,
    quietMs: 8_000,
    cause: (_, mode) => `GRUB found no menu in the image${mode} and waits at its prompt`,
    advice: (others) =>
      choose(
        others.filter(({ ownLoader }) => ownLoader),
        'an image with /boot/grub/grub.cfg',
      ),
  },
  {
    sign: grubError,
    followedBy: /GNU GRUB +version|Failed to boot both default and fallback entries/,
    quietMs: 20_000,
    cause: (words, mode) => `GRUB could not boot the image${mode} (${words})`,
    advice: (others) => choose(others, 'another image'),
  },
  {
    sign: /((?:No bootable (?:device|option)|Boot failed: not a bootable disk|Operating System not found).{0,60})/i,
    quietMs: 8_000,
    cause: (words) => `The firmware finds nothing to boot (${words})`,
    advice: () => 'the root disk has no boot loader that this firmware can start',
  },
  {
    sign: /Kernel panic - not syncing: ((?:VFS: )?(?:Unable to mount root|Cannot open root device).*)/,
    quietMs: 8_000,
    cause: (words) => `The kernel does not find its root disk (${words})`,
    advice: () => 'its initramfs lacks the driver of the disk, or root= names another disk',
  },
  {
    sign: /Kernel panic - not syncing: (.*)/,
    quietMs: 8_000,
    cause: (words) => `The kernel gave up (${words})`,
    advice: () => 'its console tells more',
  },
  {
    sign: /(Gave up waiting for root.*|Generating .*rdsosreport\.txt.*)/,
    quietMs: 8_000,
    cause: (words) => `The initramfs does not find the root file system (${words})`,
    advice: () => 'it lacks the driver of the disk, or root= names another disk',
  },
];

/** Said by what runs once boot loader, kernel or initramfs are passed: what was said before is over. */
const life = /Linux version \d|Decompressing Linux|\blogin: ?|^Welcome to |Reached target /;
/** A guest's text is hostile input: what is searched and shown of a line is bounded. */
const LINE_MAX = 200;

const linesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.slice(0, LINE_MAX).trimEnd()]));

/**
 * Why a guest that wrote this on its console (plain text) and was then quiet for so long does not boot, and what helps, once it is known how it is
 * run; undefined: nothing speaks for that. A guest may lie: it lies about itself.
 */
export const findBootProblem = (text: string, quietMs: number): ((modes: Modes) => string) | undefined => {
  const all = linesOf(text);
  const lines = all.slice(all.findLastIndex((line) => life.test(line)) + 1);
  for (const problem of problems) {
    const at = lines.findLastIndex((line) => problem.sign.test(line));
    if (at < 0 || (problem.last && at < lines.length - 1)) continue;
    if (problem.followedBy && !lines.slice(at).some((line) => problem.followedBy!.test(line))) continue;
    // Not yet sure; what is less telling would be taken back then.
    if (quietMs < problem.quietMs) return undefined;
    const words = wordsAt(lines, at, problem.sign);
    return ({ now, others }) => `${problem.cause(words, now === undefined ? '' : ` in mode ${now}`)}: ${problem.advice(others)}.`;
  }
  return undefined;
};

/** The sign's own words; those of GRUB's last error where it has none. */
const wordsAt = (lines: readonly string[], at: number, sign: RegExp): string => {
  const own = sign.exec(lines[at]!)?.[1];
  const error = lines.slice(0, at).findLast((line) => grubError.test(line));
  return own ?? grubError.exec(error ?? '')?.[1] ?? '';
};

/** It has come past boot loader and kernel, and nothing speaks against that. */
export const showsLife = (text: string): boolean => {
  const lines = linesOf(text);
  const alive = lines.findLastIndex((line) => life.test(line));
  return alive > lines.findLastIndex((line) => problems.some(({ sign }) => sign.test(line)));
};

import type { MinimumVersion, Profile } from './profile.ts';

/** Versions as their programs tell them (`4.17.7`); an absent one is not judged, one without a number could not be read. */
export type Versions = Readonly<Partial<Record<MinimumVersion['of'], string>>>;

/** Why a host of these versions is refused, a sentence each; empty when all is well. */
export function versionProblems(profile: Pick<Profile, 'minimum'>, found: Versions): string[] {
  return profile.minimum.flatMap(({ of, name, version }) => {
    const said = found[of];
    const problem = said === undefined ? undefined : problemOf(said, version);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
}

function problemOf(said: string, minimum: string): string | undefined {
  const has = /\d+(\.\d+)*/.exec(said)?.[0];
  if (has === undefined || !/[1-9]/.test(has))
    return `does not tell its version (${said === '' ? 'nothing' : JSON.stringify(said.slice(0, 100))}); the oldest that is supported is ${minimum}.`;
  return isOlder(has, minimum) ? `${has} is older than ${minimum}, the oldest that is supported.` : undefined;
}

function isOlder(version: string, than: string): boolean {
  const [mine, theirs] = [version, than].map((each) => each.split('.').map(Number));
  const differs = theirs!.findIndex((part, index) => part !== (mine![index] ?? 0));
  return differs >= 0 && (mine![differs] ?? 0) < theirs![differs]!;
}

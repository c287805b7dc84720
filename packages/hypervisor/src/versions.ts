import type { MinimumVersion, Profile } from './profile.ts';

/** Versions as their programs tell them (`4.17.7`); an absent one is not judged. */
export type Versions = Readonly<Partial<Record<MinimumVersion['of'], string>>>;

/** What is too old on a host, a sentence each; empty when all is well. */
export function versionProblems(profile: Profile, found: Versions): string[] {
  return profile.minimum.flatMap(({ of, name, version }) => {
    const has = found[of];
    return has === undefined || !isOlder(has, version)
      ? []
      : [`${name} ${has} is too old: ${name} ${version} or later is needed.`];
  });
}

function isOlder(version: string, than: string): boolean {
  const [mine, theirs] = [version, than].map((each) => each.split('.').map((part) => Number.parseInt(part, 10) || 0));
  const differs = theirs!.findIndex((part, index) => part !== (mine![index] ?? 0));
  return differs >= 0 && (mine![differs] ?? 0) < theirs![differs]!;
}

import { type Entity, type EntityDeclaration, entities } from '@virtstack/contract';
import type { Person, Place, World } from './world.ts';

/**
 * Who may name what, by the written rules and not by the server's SQL: an admin everything; the admin of a domain what is in his domain and below; a user
 * what is his account's; a member of a project what is the project's, as far as his role there permits; what is everybody's, everybody, but admins alone
 * change it. A job is his who asked for it, and the members of the project that it is about see it. The account that owns what a project has is nobody's to name: the project is.
 */
export function mayName(person: Person, entity: Entity, place: Place, use: 'use' | 'change', club: string): boolean {
  const { ownership }: EntityDeclaration = entities[entity];
  if (entity === 'account' && place.projectId !== null) return false;
  if (person.role === 'Admin') return true;
  const inCharge = person.role !== 'User' && place.path.startsWith(person.path);
  const isMember = place.projectId === club && (person.inClub === 'Regular' || person.inClub === 'Admin');
  const runsIt = place.projectId === club && person.inClub === 'Admin';
  const own = place.accountId === person.accountId;
  const rules: { readonly [O in EntityDeclaration['ownership']]: boolean } = {
    everybody: use === 'use',
    admins: false,
    owner: own || inCharge || isMember,
    asker: (place.projectId === null && (own || inCharge)) || (use === 'use' && isMember),
    domain: inCharge || (use === 'use' && place.domainId === person.domainId),
    account: own || inCharge,
    user: own || inCharge,
    project: inCharge || (use === 'use' ? isMember : runsIt),
    membership: inCharge || (use === 'use' ? isMember : runsIt),
    invitation: inCharge || runsIt || (use === 'use' && own),
    // those of the fixture are not public
    role: false,
  };
  return rules[ownership];
}

/** Whether nobody in particular owns it: then there is one of it, wherever it is made. */
export const isNobodys = (entity: Entity): boolean => ['everybody', 'admins', 'role'].includes(entities[entity].ownership);

/** Where things of that kind are: one of what nobody owns, and nobody logs in to a project's account. */
export const placesOf = (entity: Entity, { people, places }: World): readonly Place[] =>
  isNobodys(entity) ? [people.root] : places.filter((place) => entities[entity].ownership !== 'user' || place.projectId === null);

/**
 * What he reads of in lists beside what he may name: members of a project know each other, its admin knows whom he invited (the neighbour), who is invited
 * knows to what, and everybody the domains that his own is in.
 */
export const mayReadOf = (person: Person, entity: Entity, place: Place): boolean =>
  ((entity === 'account' || entity === 'user') &&
    (areFellows(person, place) || (person.inClub === 'Admin' && place.label === 'neighbour'))) ||
  (entity === 'project' && place.accountId === person.accountId) ||
  (entity === 'domain' && person.path.startsWith(place.path));

/** Whether both are members of the one project that has any. */
export const areFellows = (person: Person, place: Place & Pick<Partial<Person>, 'inClub'>): boolean =>
  [person.inClub, place.inClub].every((one) => one !== undefined && one !== 'left');

/** Somebody's place as another sees it: where in the tree it is, and what he is to him whose it is. Of places that are the same to him one stands for all. */
export function seenFrom(person: Person, place: Place & Partial<Pick<Person, 'role' | 'inClub'>>): string {
  const below = place.path.startsWith(person.path);
  const where =
    place.path === person.path ? 'here' : below ? 'below' : person.path.startsWith(place.path) ? 'above' : 'elsewhere';
  if (place === person) return 'himself';
  if (place.projectId !== null) return `a project ${where}, ${person.inClub ?? 'a stranger'} ${place.label}`;
  if (areFellows(person, place)) return 'a fellow member';
  return `${place.role === 'Admin' ? 'a root admin' : 'somebody'} ${where}`;
}

/** One place of each kind. */
export const oneOfEach = (person: Person, places: readonly Place[]): readonly Place[] => [
  ...new Map(places.toReversed().map((place) => [seenFrom(person, place), place])).values(),
];

import { type Entity, type EntityDeclaration, entities } from '@virtstack/contract';
import type { Person, Place } from './world.ts';

/**
 * Who may name what, by the written rules and not by the server's SQL: an admin everything; the admin of a domain what is in his domain and below; a user
 * what is his account's; a member of a project what is the project's, as far as his role there permits; what is everybody's, everybody, but admins alone
 * change it. The account that owns what a project has is nobody's to name: the project is.
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
    domain: inCharge || place.domainId === person.domainId,
    account: own || inCharge,
    user: own || inCharge,
    project: inCharge || (use === 'use' ? isMember : runsIt),
    membership: inCharge || (use === 'use' ? isMember : runsIt),
    // whoever is invited sees it
    invitation: inCharge || runsIt || (use === 'use' && own),
    // those of the fixture are not public
    role: false,
  };
  return rules[ownership];
}

/** Whether nobody in particular owns it: then there is one of it, wherever it is made. */
export const isNobodys = (entity: Entity): boolean => ['everybody', 'admins', 'role'].includes(entities[entity].ownership);

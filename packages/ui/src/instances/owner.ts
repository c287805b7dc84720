import type { Session } from '../api/session.ts';
import { texts } from '../texts.ts';
import type { Instance } from './instance.ts';

/** Whether it belongs to the user's own account. */
export const isOwn = (vm: Instance, user: Session | null): boolean =>
  !vm.projectid && vm.account === user?.account && vm.domainid === user?.domainid;

/** Who owns it: the account alone where it is the user's own, else with its domain; or the project. */
export const ownerOf = (vm: Instance, user: Session | null): string => {
  const domain = vm.domainpath ?? vm.domain ?? '';
  if (vm.projectid) return texts.owner.project(vm.project ?? '', domain);
  return isOwn(vm, user) ? (vm.account ?? '') : texts.owner.account(vm.account ?? '', domain);
};

import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { UserIcon } from '@patternfly/react-icons/dist/esm/icons/user-icon.js';
import { useState } from 'react';
import { useAllowed } from '../api/allowed.ts';
import { logout } from '../api/login.ts';
import { session } from '../api/session.ts';
import { navigate } from '../location.ts';
import { texts } from '../texts.ts';
import { useStore } from '../use-store.ts';
import { PasswordDialog } from './password-dialog.tsx';
import { SecondFactorDialog } from './second-factor-dialog.tsx';

const dialogs = { password: PasswordDialog, secondFactor: SecondFactorDialog } as const;

/** Whoever comes next is not in this user’s project. */
const leave = (): void =>
  void logout().then(
    () => navigate('/instances?project='),
    () => undefined,
  );

/** In the head: who one is, and what is about oneself. */
export const AccountMenu = () => {
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<keyof typeof dialogs>();
  const allowed = useAllowed();
  const user = useStore(session);
  const Dialog = asked && dialogs[asked];
  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            variant="plainText"
            isExpanded={open}
            onClick={() => setOpen(!open)}
            icon={<UserIcon />}
            aria-label={`${texts.account.menu} ${user?.username}`}
          >
            {user?.username}
          </MenuToggle>
        )}
      >
        <DropdownList>
          {allowed('updateUser') && <DropdownItem onClick={() => setAsked('password')}>{texts.account.password}</DropdownItem>}
          {allowed('setupUserTwoFactorAuthentication') && (
            <DropdownItem onClick={() => setAsked('secondFactor')}>{texts.account.secondFactor}</DropdownItem>
          )}
          <DropdownItem onClick={leave}>{texts.account.logout}</DropdownItem>
        </DropdownList>
      </Dropdown>
      {Dialog && <Dialog close={() => setAsked(undefined)} />}
    </>
  );
};

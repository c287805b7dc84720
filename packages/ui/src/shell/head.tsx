import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  MenuToggle,
  PageToggleButton,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { BarsIcon } from '@patternfly/react-icons/dist/esm/icons/bars-icon.js';
import { DesktopIcon } from '@patternfly/react-icons/dist/esm/icons/desktop-icon.js';
import { MoonIcon } from '@patternfly/react-icons/dist/esm/icons/moon-icon.js';
import { SunIcon } from '@patternfly/react-icons/dist/esm/icons/sun-icon.js';
import { UserIcon } from '@patternfly/react-icons/dist/esm/icons/user-icon.js';
import { useState } from 'react';
import { logout } from '../api/login.ts';
import { session } from '../api/session.ts';
import { base, navigate } from '../location.ts';
import { texts } from '../texts.ts';
import { type Theme, theme } from '../theme.ts';
import { useStore } from '../use-store.ts';

const themes: Readonly<Record<Theme, { icon: React.ReactNode; next: Theme }>> = {
  system: { icon: <DesktopIcon />, next: 'light' },
  light: { icon: <SunIcon />, next: 'dark' },
  dark: { icon: <MoonIcon />, next: 'system' },
};

const ThemeSwitch = () => {
  const now = useStore(theme);
  const { icon, next } = themes[now];
  return (
    <Button
      variant="plain"
      icon={icon}
      aria-label={`${texts.theme.label}: ${texts.theme[now]}`}
      onClick={() => theme.set(next)}
    />
  );
};

const Account = () => {
  const [open, setOpen] = useState(false);
  const user = useStore(session);
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
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
        <DropdownItem onClick={() => void logout()}>{texts.account.logout}</DropdownItem>
      </DropdownList>
    </Dropdown>
  );
};

const Brand = () => (
  <MastheadMain>
    <MastheadToggle>
      <PageToggleButton variant="plain" aria-label={texts.menu} icon={<BarsIcon />} />
    </MastheadToggle>
    <MastheadBrand>
      <MastheadLogo
        href={`${base}/instances`}
        className="vs-brand"
        onClick={(event) => {
          event.preventDefault();
          navigate('/instances');
        }}
      >
        <img src={`${base}/assets/icon.svg`} alt="" width="26" height="26" />
        {texts.product}
      </MastheadLogo>
    </MastheadBrand>
  </MastheadMain>
);

export const Head = () => (
  <Masthead>
    <Brand />
    <MastheadContent>
      <Toolbar isStatic>
        <ToolbarContent>
          <ToolbarGroup align={{ default: 'alignEnd' }} gap={{ default: 'gapSm' }}>
            <ToolbarItem>
              <ThemeSwitch />
            </ToolbarItem>
            <ToolbarItem>
              <Account />
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
    </MastheadContent>
  </Masthead>
);

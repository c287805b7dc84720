import {
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
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
import { addressOf, base, navigate } from '../location.ts';
import { texts } from '../texts.ts';
import { type Theme, theme } from '../theme.ts';
import { useStore } from '../use-store.ts';
import { AccountMenu } from './account-menu.tsx';
import { ProjectSwitch } from './project-switch.tsx';

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

const Brand = () => (
  <MastheadMain>
    <MastheadToggle>
      <PageToggleButton variant="plain" aria-label={texts.menu} icon={<BarsIcon />} />
    </MastheadToggle>
    <MastheadBrand>
      <MastheadLogo
        href={addressOf('/instances')}
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

export const Head = ({ path }: { path: string }) => (
  <Masthead>
    <Brand />
    <MastheadContent>
      <Toolbar isStatic>
        <ToolbarContent>
          <ToolbarItem>
            <ProjectSwitch path={path} />
          </ToolbarItem>
          <ToolbarGroup align={{ default: 'alignEnd' }} gap={{ default: 'gapSm' }}>
            <ToolbarItem>
              <ThemeSwitch />
            </ToolbarItem>
            <ToolbarItem>
              <AccountMenu />
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
    </MastheadContent>
  </Masthead>
);

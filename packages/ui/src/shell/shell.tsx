import { Alert, Nav, NavItem, NavList, Page, PageSidebar, PageSidebarBody, SkipToContent } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { reachable } from '../api/connection.ts';
import { Link } from '../link.tsx';
import { texts } from '../texts.ts';
import { Tray } from '../tray/tray.tsx';
import { useStore } from '../use-store.ts';
import { Head } from './head.tsx';
import { ProjectNotice } from './project-notice.tsx';

const pages = [
  { to: '/instances', text: texts.nav.instances, covers: (path: string) => path === '/' || path.startsWith('/instances') },
  { to: '/events', text: texts.nav.events, covers: (path: string) => path.startsWith('/events') },
];

const Sidebar = ({ path }: { path: string }) => (
  <PageSidebar>
    <PageSidebarBody>
      <Nav aria-label={texts.nav.label}>
        <NavList>
          {pages.map(({ to, text, covers }) => (
            <NavItem key={to} isActive={covers(path)}>
              <Link to={to} className="pf-v6-c-nav__link" aria-current={covers(path) ? 'page' : undefined}>
                {text}
              </Link>
            </NavItem>
          ))}
        </NavList>
      </Nav>
    </PageSidebarBody>
  </PageSidebar>
);

/** What stands around every page: head, navigation, the word that the server is away, jobs. */
export const Shell = ({ path, children }: { path: string; children: ReactNode }) => (
  <div className="vs-app">
    <Page
      masthead={<Head path={path} />}
      sidebar={<Sidebar path={path} />}
      isManagedSidebar
      skipToContent={<SkipToContent href="#content">{texts.skip}</SkipToContent>}
      mainContainerId="content"
    >
      {!useStore(reachable) && <Alert component="p" isInline variant="warning" title={texts.lost} />}
      <ProjectNotice />
      {children}
    </Page>
    <Tray />
  </div>
);

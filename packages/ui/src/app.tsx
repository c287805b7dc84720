import { Fragment } from 'react';
import { isOpen, session } from './api/session.ts';
import { usePlace } from './location.ts';
import { match } from './match.ts';
import { ConsolePage } from './pages/console.tsx';
import { DeployPage } from './pages/deploy.tsx';
import { EntrancePage } from './pages/entrance.tsx';
import { EventsPage } from './pages/events.tsx';
import { InstancePage } from './pages/instance.tsx';
import { InstancesPage } from './pages/instances.tsx';
import { NotFound } from './pages/not-found.tsx';
import { useProject } from './project.ts';
import { Asked } from './shell/asked.tsx';
import { Shell } from './shell/shell.tsx';
import { useStore } from './use-store.ts';

/** The first pattern that fits wins. */
const routes = [
  ['/', () => <InstancesPage />],
  ['/instances', () => <InstancesPage />],
  ['/instances/deploy', () => <DeployPage />],
  ['/instances/:id', ({ id = '' }) => <InstancePage id={id} tab="details" key={id} />],
  ['/instances/:id/:tab', ({ id = '', tab = '' }) => <InstancePage id={id} tab={tab} key={id} />],
  ['/events', () => <EventsPage />],
] as const satisfies readonly (readonly [string, (found: Readonly<Record<string, string>>) => React.ReactNode])[];

const pageAt = (path: string): React.ReactNode => {
  for (const [pattern, page] of routes) {
    const found = match(pattern, path);
    if (found) return page(found);
  }
  return <NotFound />;
};

export const App = () => {
  const { path } = usePlace();
  const user = useStore(session);
  const project = useProject();
  if (path === '/console') return <ConsolePage />; // its ticket is its right
  if (!user?.entered) return <EntrancePage />;
  return (
    <Fragment key={user.userid}>
      <Shell path={path}>
        <Fragment key={project}>{pageAt(path)}</Fragment>
      </Shell>
      {!isOpen(user) && <Asked />}
    </Fragment>
  );
};

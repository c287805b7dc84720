import {
  Alert,
  Breadcrumb,
  BreadcrumbItem,
  Button,
  PageSection,
  Spinner,
  Tab,
  Tabs,
  TabTitleText,
  Title,
  Tooltip,
} from '@patternfly/react-core';
import { textOf } from '../api/error.ts';
import { useList } from '../api/hooks.ts';
import { ConsolePanel } from '../console/panel.tsx';
import { type Offer, useActions } from '../forms/use-actions.tsx';
import { InstanceDetails } from '../instances/details.tsx';
import { type Instance, nameOf, stateOf } from '../instances/instance.ts';
import { StateLabel } from '../instances/state-label.tsx';
import { Link } from '../link.tsx';
import { addressOf, navigate } from '../location.ts';
import { EventTable } from '../table/event-table.tsx';
import { texts } from '../texts.ts';
import { NotFound } from './not-found.tsx';

const Buttons = ({ offers }: { offers: readonly Offer[] }) => (
  <div className="vs-actions">
    {offers.map(({ action, reason, act }) => {
      const dangerous = action === 'destroy' || action === 'expunge';
      const button = (
        <Button
          key={action}
          variant="secondary"
          size="sm"
          isDanger={dangerous}
          isAriaDisabled={reason !== undefined}
          onClick={act}
        >
          {texts.actions[action]}
        </Button>
      );
      return reason ? (
        <Tooltip key={action} content={reason}>
          {button}
        </Tooltip>
      ) : (
        button
      );
    })}
  </div>
);

const Head = ({ vm, offers }: { vm: Instance; offers: readonly Offer[] }) => (
  <>
    <Breadcrumb>
      <BreadcrumbItem
        render={({ className }) => (
          <Link className={className} to="/instances">
            {texts.instances.title}
          </Link>
        )}
      />
      <BreadcrumbItem isActive>{nameOf(vm)}</BreadcrumbItem>
    </Breadcrumb>
    <div className="vs-head">
      <Title headingLevel="h1" id="title">
        {nameOf(vm)}
      </Title>
      <StateLabel state={stateOf(vm)} />
      <Buttons offers={offers} />
    </div>
  </>
);

const tabs = {
  details: (vm: Instance) => <InstanceDetails vm={vm} />,
  console: (vm: Instance, offers: readonly Offer[]) => (
    <ConsolePanel
      id={vm.id ?? ''}
      name={nameOf(vm)}
      state={stateOf(vm)}
      start={offers.find(({ action }) => action === 'start')}
    />
  ),
  events: (vm: Instance) => <EventTable instance={vm.id ?? ''} />,
} as const;
type TabName = keyof typeof tabs;
const isTab = (text: string): text is TabName => Object.hasOwn(tabs, text);

const pathOf = (id: string, tab: TabName): string => (tab === 'details' ? `/instances/${id}` : `/instances/${id}/${tab}`);

export const InstancePage = ({ id, tab }: { id: string; tab: string }) => {
  const { data, error } = useList('listVirtualMachines', { id, listall: true });
  const { offers, aside } = useActions();
  const vm = data?.items[0];
  if (!isTab(tab) || (data && !vm)) return <NotFound />;
  if (!vm)
    return (
      <PageSection isFilled>
        {error ? (
          <Alert component="p" isInline variant="danger" title={texts.loadFailed}>
            {textOf(error)}
          </Alert>
        ) : (
          <Spinner aria-label={texts.loading} />
        )}
      </PageSection>
    );
  return (
    <PageSection isFilled aria-labelledby="title">
      <Head vm={vm} offers={offers(vm)} />
      {aside}
      <Tabs activeKey={tab} aria-label={nameOf(vm)} component="nav" onSelect={(event) => event.preventDefault()}>
        {(Object.keys(tabs) as TabName[]).map((name) => (
          <Tab
            key={name}
            eventKey={name}
            tabContentId="tab"
            href={addressOf(pathOf(id, name))}
            title={<TabTitleText>{texts.instance.tabs[name]}</TabTitleText>}
            onClick={(event) => {
              event.preventDefault();
              navigate(pathOf(id, name));
            }}
          />
        ))}
      </Tabs>
      <div className="vs-tab" id="tab" role="tabpanel" aria-label={texts.instance.tabs[tab]}>
        {tabs[tab](vm, offers(vm))}
      </div>
    </PageSection>
  );
};

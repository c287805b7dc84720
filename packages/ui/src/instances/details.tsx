import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Title,
} from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { useList } from '../api/hooks.ts';
import { type Session, session } from '../api/session.ts';
import { bytes, dateTime } from '../format.ts';
import { Link } from '../link.tsx';
import { everything } from '../project.ts';
import { texts } from '../texts.ts';
import { useStore } from '../use-store.ts';
import { type Instance, modeOf, stateOf } from './instance.ts';
import { ownerOf } from './owner.ts';

const t = texts.instance;
const MiB = 1024 ** 2;

/** The owner; a project can be entered. */
const Owner = ({ vm, user }: { vm: Instance; user: Session | null }) =>
  vm.projectid ? <Link to={`/instances?project=${vm.projectid}`}>{ownerOf(vm, user)}</Link> : ownerOf(vm, user);

const general = (vm: Instance, user: Session | null): readonly (readonly [string, ReactNode])[] => [
  [
    t.fields.id,
    <span className="vs-mono" key="id">
      {vm.id}
    </span>,
  ],
  [t.fields.state, stateOf(vm)],
  [t.fields.created, vm.created && dateTime(vm.created)],
  [t.fields.template, vm.templatename],
  [t.fields.os, vm.osdisplayname],
  [t.fields.offering, t.size(vm.serviceofferingname ?? '', vm.cpunumber ?? 0, bytes((vm.memory ?? 0) * MiB))],
  [t.fields.keypairs, vm.keypairs],
  [t.fields.account, <Owner vm={vm} user={user} key="owner" />],
];

const placement = (vm: Instance): readonly (readonly [string, ReactNode])[] => [
  [t.fields.zone, vm.zonename],
  [t.fields.host, vm.hostname],
  [t.fields.hypervisor, vm.hypervisor],
  [t.fields.mode, modeOf(vm)?.toUpperCase()],
  [t.fields.instancename, vm.instancename && <span className="vs-mono">{vm.instancename}</span>],
];

const Facts = ({ title, facts }: { title: string; facts: readonly (readonly [string, ReactNode])[] }) => (
  <section>
    <Title headingLevel="h2" size="md">
      {title}
    </Title>
    <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '14ch' }}>
      {facts.map(([term, value]) => (
        <DescriptionListGroup key={term}>
          <DescriptionListTerm>{term}</DescriptionListTerm>
          <DescriptionListDescription>{value || texts.none}</DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  </section>
);

type Row = { readonly key: string; readonly cells: readonly ReactNode[] };
const Small = ({ title, heads, rows, none }: { title: string; heads: readonly string[]; rows: readonly Row[]; none: string }) => (
  <section>
    <Title headingLevel="h2" size="md">
      {title}
    </Title>
    {rows.length === 0 ? (
      <p>{none}</p>
    ) : (
      <Table aria-label={title} variant="compact">
        <Thead>
          <Tr>
            {heads.map((head) => (
              <Th key={head} tooltip={null}>
                {head}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {rows.map(({ key, cells }) => (
            <Tr key={key}>
              {heads.map((head, i) => (
                <Td key={head} dataLabel={head}>
                  {cells[i] ?? texts.none}
                </Td>
              ))}
            </Tr>
          ))}
        </Tbody>
      </Table>
    )}
  </section>
);

const nicsOf = (vm: Instance): readonly Row[] =>
  (vm.nic ?? []).map((nic) => ({
    key: nic.id ?? nic.macaddress ?? '',
    cells: [
      nic.networkname,
      <span className="vs-mono" key="a">
        {nic.ipaddress ?? texts.none}
      </span>,
      <span className="vs-mono" key="m">
        {nic.macaddress}
      </span>,
      nic.gateway,
    ],
  }));

const Volumes = ({ id }: { id: string }) => {
  const volumes = useList('listVolumes', { virtualmachineid: id, ...everything }).data?.items ?? [];
  const rows = volumes.map((volume) => ({
    key: volume.id ?? '',
    cells: [volume.name, volume.type, bytes(volume.size ?? 0), volume.state, volume.storage],
  }));
  return <Small title={t.groups.volumes} heads={Object.values(t.volume)} rows={rows} none={t.noVolumes} />;
};

export const InstanceDetails = ({ vm }: { vm: Instance }) => {
  const user = useStore(session);
  return (
    <div className="vs-details">
      <Facts title={t.groups.general} facts={general(vm, user)} />
      <Facts title={t.groups.placement} facts={placement(vm)} />
      <Small
        title={t.groups.network}
        heads={[t.nic.network, t.nic.address, t.nic.mac, t.nic.gateway]}
        rows={nicsOf(vm)}
        none={t.noNics}
      />
      <Volumes id={vm.id ?? ''} />
    </div>
  );
};

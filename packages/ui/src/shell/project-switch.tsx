import { MenuSearch, MenuSearchInput, MenuToggle, SearchInput, Select, SelectList, SelectOption } from '@patternfly/react-core';
import { FolderOpenIcon } from '@patternfly/react-icons/dist/esm/icons/folder-open-icon.js';
import { useState } from 'react';
import { useAllowed } from '../api/allowed.ts';
import { useList } from '../api/hooks.ts';
import type { Item } from '../api/types.ts';
import { navigate } from '../location.ts';
import { all, useProject } from '../project.ts';
import { texts } from '../texts.ts';
import { useChosenProject } from '../use-chosen-project.ts';

type Project = Item<'listProjects'>;

const t = texts.project;
/** How many are shown; of more the search finds the others. */
const shown = 20;

/** Where a change of the project leads: what one looks at may not be there. */
const pageIn = (path: string): string => (path === '/events' || path === '/instances/deploy' ? path : '/instances');

const Option = ({ project }: { project: Project }) => (
  <SelectOption
    value={project.id}
    description={project.state === 'Active' ? project.domain : `${project.domain} · ${project.state}`}
  >
    {project.name}
  </SelectOption>
);

/** In the head: which project the user is in, and the others. Whoever is in none, and sees none, is not bothered. */
export const ProjectSwitch = ({ path }: { path: string }) => {
  const allowed = useAllowed();
  const project = useProject();
  const { name } = useChosenProject();
  const [open, setOpen] = useState(false);
  const [keyword, setKeyword] = useState('');
  const list = useList(
    'listProjects',
    { listall: true, page: 1, pagesize: shown, ...(keyword ? { keyword } : {}) },
    { follow: open, enabled: allowed('listProjects') },
  ).data;
  if (project === '' && keyword === '' && !list?.count) return null;
  const turn = (is: boolean): void => {
    setOpen(is);
    if (!is) setKeyword('');
  };
  const choose = (chosen: string): void => {
    turn(false);
    navigate(`${pageIn(path)}?project=${chosen}`);
  };
  return (
    <Select
      isOpen={open}
      selected={project}
      onOpenChange={turn}
      onSelect={(_event, chosen) => choose(String(chosen ?? ''))}
      isScrollable
      popperProps={{ appendTo: 'inline' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          className={project === '' ? 'vs-project' : 'vs-project vs-in-project'}
          icon={<FolderOpenIcon />}
          isExpanded={open}
          onClick={() => turn(!open)}
        >
          {project === '' ? t.none : project === all ? t.all : t.named(name ?? t.unknown)}
        </MenuToggle>
      )}
    >
      {(keyword !== '' || (list?.count ?? 0) > shown) && (
        <MenuSearch>
          <MenuSearchInput>
            <SearchInput
              aria-label={t.search}
              value={keyword}
              onChange={(_event, text) => setKeyword(text)}
              onClear={() => setKeyword('')}
            />
          </MenuSearchInput>
        </MenuSearch>
      )}
      <SelectList aria-label={t.choose}>
        <SelectOption value="" description={t.noneHint}>
          {t.none}
        </SelectOption>
        <SelectOption value={all} description={t.allHint}>
          {t.all}
        </SelectOption>
        {(list?.items ?? []).map((each) => (
          <Option key={each.id} project={each} />
        ))}
      </SelectList>
    </Select>
  );
};

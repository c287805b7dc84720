/** What tags and comments can be on, and whether it has an owner to whom they follow it. A new kind of thing that bears them is added by its own migration, by `companions`. */
const bearers: Readonly<Record<string, { readonly owned: boolean; readonly marked: boolean }>> = {
  virtual_machine: { owned: true, marked: true },
  volume: { owned: true, marked: true },
  template: { owned: true, marked: true },
  network: { owned: true, marked: true },
  ssh_key_pair: { owned: true, marked: false },
  ...Object.fromEntries(
    ['project', 'account', 'users', 'domain', 'zone', 'pod', 'cluster', 'host', 'storage_pool', 'image_store']
      .concat('service_offering', 'disk_offering', 'network_offering')
      .map((table) => [table, { owned: false, marked: true }]),
  ),
};

/** Tags and comments go with the thing that they are on: to a new owner, and away. */
export const companions = (table: string, { owned, marked }: { readonly owned: boolean; readonly marked: boolean }): string[] => [
  ...(owned
    ? [
        `create trigger companions_follow after update of account_id, domain_id, project_id on ${table} for each row
           when ((old.account_id, old.domain_id, old.project_id) is distinct from (new.account_id, new.domain_id, new.project_id))
           execute function companions_follow()`,
      ]
    : []),
  ...(marked
    ? [
        `create trigger companions_end after update of removed on ${table} for each row
           when (new.removed is not null) execute function companions_end()`,
      ]
    : []),
  `create trigger companions_go after delete on ${table} for each row execute function companions_end()`,
];

export const allCompanions: readonly string[] = [
  `create function companions_follow() returns trigger language plpgsql as $$ begin
  update resource_tag set account_id = new.account_id, domain_id = new.domain_id, project_id = new.project_id where resource_id = new.id;
  update annotation set account_id = new.account_id, domain_id = new.domain_id, project_id = new.project_id where entity_id = new.id;
  return null;
end $$`,
  `create function companions_end() returns trigger language plpgsql as $$ begin
  delete from resource_tag where resource_id = old.id;
  update annotation set removed = now() where entity_id = old.id and removed is null;
  return null;
end $$`,
  ...Object.entries(bearers).flatMap(([table, bearer]) => companions(table, bearer)),
];

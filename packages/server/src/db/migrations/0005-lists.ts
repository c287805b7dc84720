/** Indexes without which a list, or a figure in one, would look at rows that are nobody's who asks. */
export const listIndexes: readonly string[] = [
  // Everything by which a list of all is told apart, so that it is counted without reading rows.
  ...['virtual_machine', 'volume', 'network', 'template'].flatMap((table) => createdWith(table, 'project_id')),
  ...createdWith('account', 'role_type'),
  `create index host_created on host (created, id) where removed is null`,
  `create index storage_pool_host on storage_pool (host_id) where removed is null`,
  `create index storage_pool_cluster on storage_pool (cluster_id) where removed is null`,
  `create index domain_parent on domain (parent_id) where removed is null`,
  `create index network_shared on network (domain_id) where acl_type = 'Domain' and removed is null`,
  `create index network_domain on network (domain_id, created) where removed is null`,
  `create index volume_domain on volume (domain_id, created) where removed is null`,
];

function createdWith(table: string, column: string): string[] {
  return [
    `drop index ${table}_created`,
    `create index ${table}_created on ${table} (created, id) include (${column}) where removed is null`,
  ];
}

/** Indexes without which a list, or a figure in one, would look at rows that are nobody's who asks. */
export const listIndexes: readonly string[] = [
  `create index host_created on host (created, id) where removed is null`,
  `create index storage_pool_host on storage_pool (host_id) where removed is null`,
  `create index storage_pool_cluster on storage_pool (cluster_id) where removed is null`,
  `create index domain_parent on domain (parent_id) where removed is null`,
  `create index network_shared on network (domain_id) where acl_type = 'Domain' and removed is null`,
  `create index network_domain on network (domain_id, created) where removed is null`,
  `create index volume_domain on volume (domain_id, created) where removed is null`,
];

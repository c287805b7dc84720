/** As libvirt tells them: `9.0.0`. */
export type HostVersions = { readonly libvirt: string; readonly hypervisor: string };

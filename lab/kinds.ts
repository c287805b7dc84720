/** A way to start the lab's image. `label` is the hypervisor's in the cloud. */
export type Kind = {
  readonly name: string;
  readonly label: string;
  readonly memoryMiB: number;
  readonly cpu: string;
  /** QEMU's options for what is booted; file names are those of the image's directory. */
  readonly boot: readonly string[];
  /** A line for the host's shell that ends a guest behind libvirt's back, by what its admins have at hand. */
  readonly powerOff: (domain: string) => string;
};

// -smap: dom0 dies at once without (TCG's IRET from ring 3). -rdtscp: PVH guests die without (SVM instruction length).
const cpu = 'max,-smap,-rdtscp';
const linux = 'root=/dev/vda rw net.ifnames=0 mitigations=off';

/** All of them are emulated: no hardware virtualization is needed. Figures and reasons: lab/README.md. */
export const kinds: readonly Kind[] = [
  {
    name: 'xen',
    label: 'XEN',
    memoryMiB: 4096,
    cpu,
    // The control domain has one of the two processors, guests the other.
    boot: [
      ...['-kernel', 'xen'],
      '-append',
      'dom0_mem=1536M,max:1536M dom0_max_vcpus=1 console=com1 com1=115200,8n1 noreboot spec-ctrl=no xpti=no',
      ...['-initrd', `vmlinuz ${linux} console=hvc0,initrd.img`],
    ],
    powerOff: (domain) => `xl destroy ${domain}`,
  },
  {
    name: 'kvm',
    label: 'KVM',
    memoryMiB: 3072,
    cpu: `${cpu},+svm`,
    boot: ['-kernel', 'vmlinuz', '-append', `${linux} console=ttyS0`, '-initrd', 'initrd.img'],
    powerOff: (domain) => `kill -KILL $(cat /run/libvirt/qemu/${domain}.pid)`,
  },
];

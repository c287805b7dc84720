import { domainXml } from './domain.ts';
import type { HostCapabilities } from './host.ts';
import type { Profile } from './profile.ts';

/**
 * How to find out whether a host is accelerated: known without trying, or a transient domain to start. It switches itself off
 * (stopped, reason `shutdown`) within a second or two where acceleration works; otherwise it fails to start, pauses, or hangs.
 */
export type Probe =
  | { readonly accelerated: boolean }
  | {
      readonly xml: string;
      /** What must stand in the file at `diskPath` before the start. */
      readonly disk: Uint8Array;
    };

/** `uuid` names the probe's domain. Throws Error when the host offers none of the profile's modes. */
export function accelerationProbe(profile: Profile, host: HostCapabilities, diskPath: string, uuid: string): Probe {
  if (profile.emulatedType === undefined) return { accelerated: true };
  const advertised = host.guests.some(({ domainTypes }) => domainTypes.includes(profile.domainType));
  if (!advertised) return { accelerated: false };
  const guest = {
    uuid,
    name: `probe-${uuid}`,
    epoch: 0,
    vcpus: 1,
    memoryKiB: 65_536,
    disks: [{ slot: 0, path: diskPath, format: 'raw', readOnly: true }],
    nics: [],
    channels: [],
  } as const;
  return { xml: domainXml(guest, profile, { ...host, accelerated: true }), disk: bootDisk() };
}

/** 1 MiB: SeaBIOS reads no boot sector from a disk of less than one cylinder (504 KiB). */
function bootDisk(): Uint8Array {
  const disk = new Uint8Array(1_048_576);
  const code = program.map(([bytes]) => bytes).join('');
  disk.set(Buffer.from(code.replaceAll(' ', ''), 'hex'));
  disk.set([0x55, 0xaa], 510);
  return disk;
}

/**
 * A boot sector (loaded at 0x7c00) that enters 64-bit mode, takes an exception through its own table and then switches off by ACPI
 * (PM1a control at 0x604, where SeaBIOS puts it). A start in pause, or code that stays in real mode, proves nothing: a hypervisor that
 * is itself emulated can do both, and fail at the first exception.
 */
const program: readonly (readonly [bytes: string, assembly: string])[] = [
  ['fa', 'cli'],
  ['31c0 8ed8 8ec0 8ed0', 'xor ax,ax; mov ds,ax; mov es,ax; mov ss,ax'],
  ['bc007c', 'mov sp,0x7c00'],
  ['bf0010 b90018 fc f3ab', 'mov di,0x1000; mov cx,0x1800; cld; rep stosw: three empty page tables'],
  ['c70600100320', 'mov word [0x1000],0x2003'],
  ['c70600200330', 'mov word [0x2000],0x3003'],
  ['c70600308300', 'mov word [0x3000],0x83: the first 2 MiB, mapped to themselves'],
  ['66b800100000 0f22d8', 'mov eax,0x1000; mov cr3,eax'],
  ['0f20e0 0c20 0f22e0', 'mov eax,cr4; or al,0x20; mov cr4,eax: PAE'],
  ['66b9800000c0 0f32 80cc01 0f30', 'mov ecx,0xc0000080; rdmsr; or ah,1; wrmsr: EFER.LME'],
  ['660f0116b87c', 'lgdt [0x7cb8]'],
  ['0f20c0 660d01000080 0f22c0', 'mov eax,cr0; or eax,0x80000001; mov cr0,eax: paging and protection'],
  ['ea5c7c0800', 'jmp 8:0x7c5c: into 64-bit mode'],
  ['b8a07c0000 bf30400000', 'mov eax,0x7ca0; mov edi,0x4030: the gate of exception 3'],
  ['668907 c747020800008e', 'mov [rdi],ax; mov dword [rdi+2],0x8e000008'],
  ['c7470600000000 c7470a00000000', 'mov dword [rdi+6],0; mov dword [rdi+10],0'],
  ['0f011c25be7c0000', 'lidt [0x7cbe]'],
  ['668cc8 a803 7510', 'mov ax,cs; test al,3; jnz halt: in ring 0 indeed'],
  ['cc', 'int3'],
  ['80fb07 750a', 'cmp bl,7; jne halt: the handler ran'],
  ['66ba0406 66b80020 66ef', 'mov dx,0x604; mov ax,0x2000; out dx,ax: off'],
  ['f4 ebfd', 'halt: hlt; jmp halt'],
  ['b307 48cf', '0x7ca0: mov bl,7; iretq'],
  ['0f1f4000', 'nop'],
  ['0000000000000000 00000000009a2000', '0x7ca8: the descriptor table: none, 64-bit code'],
  ['0f00 a87c0000', '0x7cb8: its size and place'],
  ['ff0f 0040000000000000', '0x7cbe: the size and place of the interrupt table'],
];

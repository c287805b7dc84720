/** What the guest says when it has started. */
export const greeting = 'the sector runs\r\n';

/**
 * A whole operating system in 512 bytes: says its greeting on the serial port, echoes what it hears, and switches off when the power button is
 * pressed (QEMU's q35: event registers at 0x600, control at 0x604).
 */
export const bootSector = (says: string = greeting): Buffer => {
  const disk = Buffer.alloc(65_536);
  const code = program.map(([bytes]) => bytes.replaceAll(' ', '')).join('');
  disk.write(code, 0, 'hex');
  disk.write(`${says}\0`, code.length / 2, 'latin1');
  disk.writeUInt16BE(0x55aa, 510);
  return disk;
};

const program: readonly (readonly [bytes: string, assembly: string])[] = [
  ['fb 31c0 8ed8', 'sti; xor ax,ax; mov ds,ax'],
  ['ba0206 b80001 ef', 'mov dx,0x602; mov ax,0x100; out dx,ax: the power button counts'],
  ['be4d7c', 'mov si,greeting'],
  ['ac 84c0 7405 e82700 ebf6', 'say: lodsb; test al,al; jz loop; call put; jmp say'],
  ['f4 ba0006 ed f6c401 7511', 'loop: hlt; mov dx,0x600; in ax,dx; test ah,1; jnz off'],
  ['bafd03 ec a801 74ee', 'mov dx,0x3fd; in al,dx; test al,1; jz loop'],
  ['baf803 ec e80c00 ebe5', 'mov dx,0x3f8; in al,dx; call put; jmp loop'],
  ['ba0406 b80020 ef f4 ebfd', 'off: mov dx,0x604; mov ax,0x2000; out dx,ax; hlt; jmp $-1'],
  ['50 bafd03 ec a820 74fb', 'put: push ax; mov dx,0x3fd; wait: in al,dx; test al,0x20; jz wait'],
  ['58 baf803 ee c3', 'pop ax; mov dx,0x3f8; out dx,al; ret'],
];

/** Says its greeting, and writes without an end to 2048 pages, a byte in each: what is sent of it is out of date at once. */
export const busySector = (): Buffer => {
  const disk = bootSector();
  disk.fill(0, 0, 510);
  const code = busy.map(([bytes]) => bytes.replaceAll(' ', '')).join('');
  disk.write(code, 0, 'hex');
  disk.write(`${greeting}\0`, code.length / 2, 'latin1');
  return disk;
};

const busy: readonly (readonly [bytes: string, assembly: string])[] = [
  ['31c0 8ed8 fa 0f0116517c', 'xor ax,ax; mov ds,ax; cli; lgdt [0x7c51]'],
  ['0f20c0 0c01 0f22c0', 'mov eax,cr0; or al,1; mov cr0,eax'],
  ['bb0800 8ee3 24fe 0f22c0', 'mov bx,8; mov fs,bx: all of the memory; and al,0xfe; mov cr0,eax'],
  ['fb be677c', 'sti; mov si,greeting'],
  ['ac 84c0 7410 50', 'say: lodsb; test al,al; jz write; push ax'],
  ['bafd03 ec a820 74fb', 'mov dx,0x3fd; wait: in al,dx; test al,0x20; jz wait'],
  ['58 baf803 ee ebeb', 'pop ax; mov dx,0x3f8; out dx,al; jmp say'],
  ['66bb00001000', 'write: mov ebx,0x100000'],
  ['6764fe03 6681c300100000', 'page: inc byte [fs:ebx]; add ebx,0x1000'],
  ['6681fb00009000 72ec ebe4', 'cmp ebx,0x900000; jb page; jmp write'],
  ['0f00577c0000 0000000000000000 ffff00000092cf00', '0x7c51: the descriptor table: none, 4 GiB of data'],
];

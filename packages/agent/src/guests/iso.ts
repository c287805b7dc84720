/**
 * A read-only disk with a few files in its root: ISO 9660 (ECMA-119), with the names once more in Joliet's form, which is what Linux and Windows
 * read. Made here because the tool for it takes longer than starting a guest.
 */
export const isoImage = (label: string, files: Readonly<Record<string, string | Buffer>>): Buffer => {
  const contents = Object.entries(files).map(([name, data]) => ({
    name,
    data: typeof data === 'string' ? Buffer.from(data) : data,
  }));
  let sector = FIRST_FILE;
  const placed = contents.map(({ name, data }) => {
    const start = sector;
    sector += Math.max(1, Math.ceil(data.length / SECTOR));
    return { name, data, start };
  });
  const image = Buffer.alloc(sector * SECTOR);
  const put = (at: number, data: Buffer): number => data.copy(image, at * SECTOR);
  put(PRIMARY, descriptor(primary, label, sector));
  put(JOLIET, descriptor(joliet, label, sector));
  put(END, Buffer.concat([Buffer.from([255]), Buffer.from('CD001'), Buffer.from([1])]));
  for (const form of [primary, joliet]) {
    put(form.table, pathTable(form, 'LE'));
    put(form.table + 1, pathTable(form, 'BE'));
    put(form.root, rootDirectory(form, placed));
  }
  for (const { data, start } of placed) put(start, data);
  return image;
};

const SECTOR = 2048;
const [PRIMARY, JOLIET, END, FIRST_FILE] = [16, 17, 18, 25];
const IS_DIRECTORY = 2;
/** 1980-01-01: the same files give the same image. */
const DATE = [80, 1, 1, 0, 0, 0, 0];

type Placed = { readonly name: string; readonly data: Buffer; readonly start: number };
type Form = {
  readonly type: number;
  /** The sectors of its two path tables begin, and its root directory lies, here. */
  readonly table: number;
  readonly root: number;
  readonly text: (text: string) => Buffer;
  readonly fileName: (name: string) => string;
  readonly blank: Buffer;
  readonly escape: string;
};

const primary: Form = {
  type: 1,
  table: 19,
  root: 23,
  text: (text) => Buffer.from(text, 'latin1'),
  fileName: (name) => `${name.toUpperCase()}.;1`,
  blank: Buffer.from(' '),
  escape: '',
};
const joliet: Form = {
  type: 2,
  table: 21,
  root: 24,
  text: (text) => Buffer.from(text, 'utf16le').swap16(),
  fileName: (name) => name,
  blank: Buffer.from([0, 0x20]),
  escape: '%/E',
};

const descriptor = (form: Form, label: string, sectors: number): Buffer => {
  const made = Buffer.alloc(SECTOR);
  made.set([form.type, ...Buffer.from('CD001'), 1]);
  const texts = [
    [8, 32, ''],
    [40, 32, label],
    [190, 512, ''],
    [702, 111, ''],
  ] as const;
  for (const [at, length, text] of texts) {
    made.fill(form.blank, at, at + length);
    form.text(text).copy(made, at);
  }
  both32(made, 80, sectors);
  made.write(form.escape, 88, 'latin1');
  for (const [at, value] of [
    [120, 1],
    [124, 1],
    [128, SECTOR],
  ] as const)
    both16(made, at, value);
  both32(made, 132, PATH_TABLE_BYTES);
  made.writeUInt32LE(form.table, 140);
  made.writeUInt32BE(form.table + 1, 148);
  record(Buffer.from([0]), form.root, SECTOR, IS_DIRECTORY).copy(made, 156);
  for (const at of [813, 830, 847, 864]) made.fill('0', at, at + 16);
  made[881] = 1;
  return made;
};

const PATH_TABLE_BYTES = 10;

const pathTable = (form: Form, order: 'LE' | 'BE'): Buffer => {
  const made = Buffer.alloc(PATH_TABLE_BYTES);
  made[0] = 1;
  made[`writeUInt32${order}`](form.root, 2);
  made[`writeUInt16${order}`](1, 6);
  return made;
};

/** Its own entry, its parent's (itself), and its files in the order of their names. */
const rootDirectory = (form: Form, files: readonly Placed[]): Buffer => {
  const self = [0, 1].map((name) => record(Buffer.from([name]), form.root, SECTOR, IS_DIRECTORY));
  const sorted = [...files].sort((a, b) => (form.fileName(a.name) < form.fileName(b.name) ? -1 : 1));
  const made = Buffer.concat([
    ...self,
    ...sorted.map(({ name, data, start }) => record(form.text(form.fileName(name)), start, data.length, 0)),
  ]);
  if (made.length > SECTOR) throw new Error('Too many files for one small disk.');
  return made;
};

const record = (name: Buffer, start: number, bytes: number, flags: number): Buffer => {
  const made = Buffer.alloc((33 + name.length + 1) & ~1);
  made[0] = made.length;
  both32(made, 2, start);
  both32(made, 10, bytes);
  made.set([...DATE, flags], 18);
  both16(made, 28, 1);
  made[32] = name.length;
  name.copy(made, 33);
  return made;
};

const both32 = (target: Buffer, at: number, value: number): void => {
  target.writeUInt32LE(value, at);
  target.writeUInt32BE(value, at + 4);
};

const both16 = (target: Buffer, at: number, value: number): void => {
  target.writeUInt16LE(value, at);
  target.writeUInt16BE(value, at + 2);
};

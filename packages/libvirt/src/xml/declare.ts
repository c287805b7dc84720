import { bytesIn, type Codec, integer } from './codec.ts';
import { readXml } from './read.ts';
import { elementsOf, textOf, type XmlElement, XmlError, type XmlNode } from './tree.ts';
import { writeXml } from './write.ts';

/** Where a property's value is put together. */
export interface Draft {
  readonly attributes: Record<string, string>;
  readonly children: XmlNode[];
}

/** One thing that an element can have: how to find it there and how to put it there. `of` is the declaration inside it. */
export interface Property<T, R extends boolean = boolean> {
  readonly required: R;
  readonly of?: Declaration;
  read(from: XmlElement, key: string, path: string): T | undefined;
  write(value: T, to: Draft, key: string, path: string): void;
}
type Properties = Readonly<Record<string, Property<unknown>>>;

/** What an element has; its TypeScript type is `Value<typeof it>`. What is not declared is ignored when read. */
export interface Declaration<P extends Properties = Properties> {
  readonly name: string;
  readonly properties: P;
}

type Of<P> = P extends Property<infer T> ? T : never;
type Required<P> = { [K in keyof P]: P[K] extends Property<unknown, true> ? K : never }[keyof P];
type Plain<T> = { [K in keyof T]: T[K] } & {};
/** The plain data that a declaration stands for. */
export type Value<D> =
  D extends Declaration<infer P>
    ? Plain<{ readonly [K in Required<P>]: Of<P[K]> } & { readonly [K in Exclude<keyof P, Required<P>>]?: Of<P[K]> | undefined }>
    : never;

/** Declares an element. A property is looked for under its own key unless it is given another name. */
export const element = <const P extends Properties>(name: string, properties: P): Declaration<P> => ({ name, properties });

/** The property must be there, in both directions. */
export const required = <T>(property: Property<T>): Property<T, true> => ({ ...property, required: true });

/** `<disk type='file'>` */
export const attribute = <T>(codec: Codec<T>, name?: string): Property<T, false> => ({
  required: false,
  read: (from, key, path) => {
    const found = from.attributes[name ?? key];
    return found === undefined ? undefined : at(`${path}/@${name ?? key}`, () => codec.read(found));
  },
  write: (value, to, key, path) => {
    to.attributes[name ?? key] = at(`${path}/@${name ?? key}`, () => codec.write(value));
  },
});

/** The element's own text. */
export const content = <T>(codec: Codec<T>): Property<T, true> => ({
  required: true,
  read: (from, _, path) => at(path, () => codec.read(textOf(from))),
  write: (value, to, _, path) => {
    const text = at(path, () => codec.write(value));
    if (text !== '') to.children.push(text);
  },
});

/** `<name>i-2-3-VM</name>`: a child that is nothing but its text. */
export const textChild = <T>(codec: Codec<T>, name?: string): Property<T, false> => ({
  required: false,
  read: (from, key, path) => {
    const found = elementsOf(from, name ?? key)[0];
    return found && at(`${path}/${name ?? key}`, () => codec.read(textOf(found)));
  },
  write: (value, to, key, path) => {
    const text = at(`${path}/${name ?? key}`, () => codec.write(value));
    to.children.push({ name: name ?? key, attributes: {}, children: text === '' ? [] : [text] });
  },
});

/** `<readonly/>`: true where the empty child stands. */
export const present = (name?: string): Property<boolean, false> => ({
  required: false,
  read: (from, key) => (elementsOf(from, name ?? key).length > 0 ? true : undefined),
  write: (value, to, key) => {
    if (value) to.children.push({ name: name ?? key, attributes: {}, children: [] });
  },
});

/** A child with attributes or children of its own. */
export const child = <P extends Properties>(inner: Declaration<P>): Property<Value<Declaration<P>>, false> => ({
  required: false,
  of: inner,
  read: (from, _, path) => {
    const found = elementsOf(from, inner.name)[0];
    return found && parseElement(inner, found, `${path}/${inner.name}`);
  },
  write: (value, to, _, path) => void to.children.push(formatElement(inner, value, `${path}/${inner.name}`)),
});

/** Any number of such children; none is the same as the property's absence. */
export const children = <P extends Properties>(inner: Declaration<P>): Property<readonly Value<Declaration<P>>[], false> => ({
  required: false,
  of: inner,
  read: (from, _, path) => {
    const found = elementsOf(from, inner.name);
    return found.length === 0 ? undefined : found.map((each) => parseElement(inner, each, `${path}/${inner.name}`));
  },
  write: (values, to, _, path) => {
    to.children.push(...values.map((value) => formatElement(inner, value, `${path}/${inner.name}`)));
  },
});

/** `<features><acpi/><apic/></features>` as `['acpi', 'apic']`: the names of what is inside a child, whatever it holds. */
export const namesIn = (name?: string): Property<readonly string[], false> => ({
  required: false,
  read: (from, key) => {
    const found = elementsOf(from, name ?? key)[0];
    return found && elementsOf(found).map((inside) => inside.name);
  },
  write: (values, to, key) => {
    const inside = values.map((each) => ({ name: each, attributes: {}, children: [] }));
    to.children.push({ name: name ?? key, attributes: {}, children: inside });
  },
});

/** The elements inside a child, untouched. */
export const raw = (name?: string): Property<readonly XmlElement[], false> => ({
  required: false,
  read: (from, key) => {
    const found = elementsOf(from, name ?? key)[0];
    return found && elementsOf(found);
  },
  write: (values, to, key) => void to.children.push({ name: name ?? key, attributes: {}, children: values }),
});

/** `<memory unit='MiB'>512</memory>`: a size in any of libvirt's units, as a number of `unit` (rounded up, as libvirt does). Without a unit in the document it is in `bare`. */
export const size = (unit: 'KiB' | 'bytes', bare = unit, name?: string): Property<number, false> => ({
  required: false,
  read: (from, key, path) => {
    const found = elementsOf(from, name ?? key)[0];
    const scale = (of: XmlElement) => bytesIn(of.attributes.unit ?? bare) / bytesIn(unit);
    return (
      found && at(`${path}/${name ?? key}`, () => integer.read(String(Math.ceil(integer.read(textOf(found)) * scale(found)))))
    );
  },
  write: (value, to, key, path) => {
    const text = at(`${path}/${name ?? key}`, () => integer.write(value));
    to.children.push({ name: name ?? key, attributes: { unit }, children: [text] });
  },
});

/** Reads a document of this declaration. Throws XmlError. */
export const parse = <P extends Properties>(declared: Declaration<P>, xml: string): Value<Declaration<P>> => {
  const root = readXml(xml);
  if (root.name !== declared.name) throw new XmlError(`<${root.name}> where <${declared.name}> was expected`);
  return parseElement(declared, root, declared.name);
};

/** Writes a document of this declaration; elements stand in the order of the declaration. Throws XmlError. */
export const format = <P extends Properties>(declared: Declaration<P>, value: Value<Declaration<P>>): string =>
  writeXml(formatElement(declared, value, declared.name));

function parseElement<P extends Properties>(declared: Declaration<P>, from: XmlElement, path: string): Value<Declaration<P>> {
  const found = Object.entries(declared.properties).flatMap(([key, property]) => {
    const value = property.read(from, key, path);
    if (value === undefined && property.required) throw new XmlError(`${key} is missing`, path);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(found) as Value<Declaration<P>>;
}

function formatElement<P extends Properties>(declared: Declaration<P>, value: Value<Declaration<P>>, path: string): XmlElement {
  const draft: Draft = { attributes: {}, children: [] };
  for (const [key, property] of Object.entries(declared.properties)) {
    const given = (value as Readonly<Record<string, unknown>>)[key];
    if (given !== undefined) property.write(given, draft, key, path);
    else if (property.required) throw new XmlError(`${key} is missing`, path);
  }
  return { name: declared.name, ...draft };
}

/** Whatever is wrong with a value is told with its place. */
function at<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof XmlError ? error : new XmlError(error instanceof Error ? error.message : String(error), path);
  }
}

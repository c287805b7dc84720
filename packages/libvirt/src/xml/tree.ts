/** An element of an XML document. Names are as written, prefix and all; `namespace` is what the reader found the prefix to mean. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  readonly namespace?: string;
}
export type XmlNode = XmlElement | string;

/** Text that is no XML, or XML that is not what was declared; `path` says where (`domain/devices/disk`). */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  readonly path: string;
  constructor(message: string, path = '') {
    super(path === '' ? message : `${path}: ${message}`);
    this.path = path;
  }
}

export const isElement = (node: XmlNode): node is XmlElement => typeof node !== 'string';

/** The elements directly inside, in order; with a name only those. */
export const elementsOf = (parent: XmlElement, name?: string): XmlElement[] =>
  parent.children.filter(isElement).filter((child) => name === undefined || child.name === name);

/** The text directly inside. */
export const textOf = (element: XmlElement): string => element.children.filter((node) => !isElement(node)).join('');

import { isElement, type XmlElement, XmlError } from './tree.ts';

const name = /^[A-Za-z_][A-Za-z0-9_.-]*(:[A-Za-z_][A-Za-z0-9_.-]*)?$/;
/** What XML 1.0 cannot carry at all, escaped or not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Writes a document, indented by two spaces as libvirt does. Throws XmlError for a bad name and for text that XML cannot carry (control characters, lone surrogates). */
export function writeXml(root: XmlElement): string {
  return `${element(root, '', root.name)}\n`;
}

function element(source: XmlElement, indent: string, path: string): string {
  const open = `${indent}<${checkedName(source.name, path)}${attributes(source, path)}`;
  if (source.children.length === 0) return `${open}/>`;
  const inside = (child: XmlElement, depth: string) => element(child, depth, `${path}/${child.name}`);
  if (source.children.every(isElement)) {
    const lines = source.children.filter(isElement).map((child) => inside(child, `${indent}  `));
    return `${open}>\n${lines.join('\n')}\n${indent}</${source.name}>`;
  }
  const mixed = source.children.map((child) => (isElement(child) ? inside(child, '') : escaped(child, /[&<>\r]/g, path)));
  return `${open}>${mixed.join('')}</${source.name}>`;
}

function attributes(source: XmlElement, path: string): string {
  return Object.entries(source.attributes)
    .map(([key, value]) => ` ${checkedName(key, path)}='${escaped(value, /[&<>'"\t\n\r]/g, `${path}/@${key}`)}'`)
    .join('');
}

function checkedName(candidate: string, path: string): string {
  if (!name.test(candidate)) throw new XmlError(`${JSON.stringify(candidate)} is not a name`, path);
  return candidate;
}

function escaped(text: string, special: RegExp, path: string): string {
  if (forbidden.test(text) || !text.isWellFormed()) {
    throw new XmlError(`${JSON.stringify(text)} has a character that XML cannot carry`, path);
  }
  return text.replace(special, (character) => escapes[character]!);
}

import { SaxesParser } from 'saxes';
import { type XmlElement, XmlError, type XmlNode } from './tree.ts';

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlNode[];
  readonly namespace?: string;
}

/** Reads a document strictly: no document type, no entities but XML's five. Throws XmlError. Blank text between elements is dropped, comments are too. */
export function readXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const document: Open = { name: '', attributes: {}, children: [] };
  const stack = [document];
  const add = (node: XmlNode) => stack.at(-1)!.children.push(node);
  parser.on('error', (error) => {
    throw new XmlError(error.message);
  });
  parser.on('doctype', () => {
    throw new XmlError('a document type is not accepted');
  });
  parser.on('opentag', (tag) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    const opened = { name: tag.name, attributes, children: [], ...(tag.uri !== '' && { namespace: tag.uri }) };
    add(opened);
    stack.push(opened);
  });
  parser.on('text', (data) => stack.length > 1 && add(data));
  parser.on('cdata', add);
  parser.on('closetag', () => dropBlanks(stack.pop()!));
  parser.write(text).close();
  return document.children[0] as XmlElement;
}

/** Indentation is not content: where there are elements, text of nothing but blanks goes. */
function dropBlanks(element: Open): void {
  if (element.children.every((child) => typeof child === 'string')) return;
  const kept = element.children.filter((child) => typeof child !== 'string' || child.trim() !== '');
  element.children.splice(0, element.children.length, ...kept);
}

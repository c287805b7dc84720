/** All that XML 1.0 does not have as a character; half a surrogate pair is none either. */
const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(forbidden, '\ufffd').replace(/[&<>"]/g, (c) => entities[c]!);
const name = /^[A-Za-z_][A-Za-z0-9._-]*$/;

/** A value of JSON as CloudStack writes it in XML: arrays are repeated elements, a key that is no name becomes an attribute. */
export function toXml(key: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((item) => toXml(key, item)).join('');
  const content = typeof value === 'object' ? children(value) : escaped(String(value));
  return name.test(key) ? `<${key}>${content}</${key}>` : `<entry key="${escaped(key)}">${content}</entry>`;
}

const children = (value: object): string =>
  Object.entries(value)
    .map(([key, inner]) => toXml(key, inner))
    .join('');

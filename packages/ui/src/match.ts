/** Compares a path with a pattern (`/instances/:id`); answers its parameters, or undefined. */
export const match = (pattern: string, path: string): Readonly<Record<string, string>> | undefined => {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const text = given[i] ?? '';
    if (part.startsWith(':') && text) found[part.slice(1)] = decodeURIComponent(text);
    else if (part !== text) return undefined;
  }
  return found;
};

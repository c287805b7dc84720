const write = (form: URLSearchParams, name: string, value: unknown): void => {
  if (value === undefined || value === null || value === '') return;
  if (Array.isArray(value) && typeof value[0] === 'object')
    for (const [i, entry] of value.entries())
      for (const [key, inner] of Object.entries(entry)) write(form, `${name}[${i}].${key}`, inner);
  else if (Array.isArray(value)) write(form, name, value.join(','));
  else if (value instanceof Date) form.set(name, value.toISOString());
  else if (typeof value === 'object') for (const [key, inner] of Object.entries(value)) write(form, `${name}[0].${key}`, inner);
  else form.set(name, String(value));
};

/** Parameters in the API's form notation; what is absent or empty is left out. */
export const encode = (params: object): URLSearchParams => {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) write(form, name, value);
  return form;
};

/** Text as user data travels: base64 of UTF-8. */
export const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

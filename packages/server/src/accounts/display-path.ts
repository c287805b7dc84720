/** CloudStack shows `ROOT/a/b` where it stores `/a/b/`. */
export const displayPath = (path: string): string => `ROOT${path}`.replace(/\/$/, '');

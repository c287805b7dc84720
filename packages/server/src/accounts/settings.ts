/** Where a setting may be set; the narrowest one that is set counts. */
export type SettingScope =
  | { readonly scope: 'global' }
  | { readonly scope: 'zone' | 'cluster' | 'storagepool' | 'account' | 'domain'; readonly id: string };

/** The installation's settings: declared with default, scopes and validation in one table; read through a cache that other servers invalidate. */
export type Settings = {
  /** @throws {Error} the name is not declared (a programmer's mistake). */
  text(name: string, scope?: SettingScope): Promise<string>;
  number(name: string, scope?: SettingScope): Promise<number>;
  boolean(name: string, scope?: SettingScope): Promise<boolean>;
};

/** The scopes below the whole installation at which a setting may be set. */
export type Scope = 'zone' | 'cluster' | 'storagepool' | 'imagestore' | 'managementserver' | 'account' | 'domain';

/** A setting, declared: its row in listConfigurations, its validation and its default derive from this. */
export type SettingSpec = {
  readonly category:
    | 'Access'
    | 'Account Defaults'
    | 'Domain Defaults'
    | 'Project Defaults'
    | 'Compute'
    | 'Hypervisor'
    | 'Infrastructure'
    | 'Management Server'
    | 'Network'
    | 'Storage';
  readonly kind: 'text' | 'integer' | 'decimal' | 'boolean';
  readonly default: string;
  readonly doc: string;
  readonly scopes?: readonly Scope[];
  /** Sealed in the database, and never shown or logged. */
  readonly secret?: true;
  /** The server's own to make: admins read it. */
  readonly readOnly?: true;
  /** The setting that must be on for this one to matter. */
  readonly parent?: string;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
  readonly matching?: { readonly pattern: Pick<RegExp, 'test'>; readonly words: string };
};

/** Why a value is not one of this setting, in words for the admin; nothing when it is. */
export function settingProblem(spec: SettingSpec, value: string): string | undefined {
  if (spec.kind === 'boolean') return /^(true|false)$/.test(value) ? undefined : 'it is true or false';
  if (spec.oneOf && !spec.oneOf.includes(value)) return `it is one of ${spec.oneOf.map((one) => one || '(empty)').join(', ')}`;
  if (spec.matching && !spec.matching.pattern.test(value)) return `it is ${spec.matching.words}`;
  if (spec.kind === 'text') return value.length > 4096 ? 'it is at most 4096 characters long' : undefined;
  if (!(spec.kind === 'integer' ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d{1,6})?$/).test(value)) return 'it is a number';
  const number = Number(value);
  if (number < (spec.min ?? 0)) return `it is at least ${spec.min ?? 0}`;
  if (spec.max !== undefined && number > spec.max) return `it is at most ${spec.max}`;
  return undefined;
}

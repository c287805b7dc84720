import type { Instance } from '../instances/instance.ts';

/** What every form about an instance is given. */
export type InstanceForm = { readonly vm: Instance; readonly close: () => void };

import { saga } from './saga.ts';
import { volumeResult } from './volume-result.ts';

type Volume = { readonly volumeId: string };
const written = { do: async () => {}, undo: { nothing: 'the command itself wrote it' } };

/** A row that the command itself wrote whole: the job is there because clients wait for one. */
export const changeVolume = saga<Volume>('change-volume', { result: volumeResult }).step('written', written);

import type { z } from 'zod';

/** A question with an answer. Both sides check what they receive against the shapes. */
export type Method<P extends z.ZodType, R extends z.ZodType> = { readonly name: string; readonly params: P; readonly result: R };
export type Notification<P extends z.ZodType> = { readonly name: string; readonly params: P };

export const method = <P extends z.ZodType, R extends z.ZodType>(name: string, params: P, result: R): Method<P, R> => ({
  name,
  params,
  result,
});
export const notification = <P extends z.ZodType>(name: string, params: P): Notification<P> => ({ name, params });

export type ParamsOf<M> = M extends { params: infer P extends z.ZodType } ? z.input<P> : never;
export type ParsedParamsOf<M> = M extends { params: infer P extends z.ZodType } ? z.output<P> : never;
export type ResultOf<M> = M extends { result: infer R extends z.ZodType } ? z.output<R> : never;

import { ApiError, fieldOf, textOf } from '../api/error.ts';

/** Which of the form’s fields a refusal is about: the present password, or the new one, of which the policy asks more; nothing where it is about neither. */
export const placeOf = (error: unknown): 'current' | 'password' | undefined => {
  if (!(error instanceof ApiError) || (error.status !== 431 && error.status !== 531)) return undefined;
  if (fieldOf(error, ['currentpassword']) || /current password/i.test(textOf(error))) return 'current';
  return error.status === 431 ? 'password' : undefined;
};

/** What is wrong with a new password typed twice, before it is sent. */
import { PASSWORD_MINIMUM_LENGTH } from '@edgegateway/appliance/contract';

export type NewPasswordProblem = 'too-short' | 'different';

export function checkNewPassword(password: string, repeated: string): NewPasswordProblem | null {
  if (password.length < PASSWORD_MINIMUM_LENGTH) return 'too-short';
  return password === repeated ? null : 'different';
}

/** Who is logged in. Losing the login anywhere leads back to the login page, in place. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { LoginAnswer } from '../../api/contract/account.ts';
import type { User } from '../../api/contract.ts';
import { changes } from './change-stream.ts';
import { cloud } from './cloud.ts';
import { CloudError, login } from './request.ts';

export type LoginState =
  | { readonly state: 'asking' }
  | { readonly state: 'unreachable'; readonly error: unknown }
  | { readonly state: 'out'; readonly expired: boolean }
  | { readonly state: 'enrolling'; readonly user: User }
  | { readonly state: 'in'; readonly user: User };

interface Login {
  readonly login: LoginState;
  /** A login has come as far as this; not asked while it waits for its code. */
  readonly entered: (answer: Exclude<LoginAnswer, { step: 'code' }>) => void;
  readonly left: () => void;
  readonly ask: () => void;
}

const LoginContext = createContext<Login | null>(null);

async function whoAmI(signal: AbortSignal): Promise<LoginState> {
  try {
    const { user, step } = await cloud.me(signal);
    return { state: step === 'enrol' ? 'enrolling' : 'in', user };
  } catch (error) {
    const unreachable =
      error instanceof CloudError && (error.code === 'unreachable' || error.code === 'unexpected-answer');
    return unreachable ? { state: 'unreachable', error } : { state: 'out', expired: false };
  }
}

export function LoginProvider({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<LoginState>({ state: 'asking' });
  const asking = state.state === 'asking';

  useEffect(() => {
    if (!asking) return undefined;
    const owner = new AbortController();
    async function ask(): Promise<void> {
      const answer = await whoAmI(owner.signal);
      if (!owner.signal.aborted) setState(answer);
    }
    void ask();
    return () => owner.abort();
  }, [asking]);

  useEffect(() => {
    const owner = new AbortController();
    const lost = () => setState((before) => ({ state: 'out', expired: before.state === 'in' }));
    login.addEventListener('lost', lost, { signal: owner.signal });
    // Asked anew, the cloud says what is needed.
    login.addEventListener('incomplete', () => setState({ state: 'asking' }), { signal: owner.signal });
    return () => owner.abort();
  }, []);

  const loggedIn = state.state === 'in';
  useEffect(() => {
    if (!loggedIn) return undefined;
    changes.open();
    return () => changes.close();
  }, [loggedIn]);

  const value = useMemo<Login>(
    () => ({
      login: state,
      entered: ({ step, user }) => setState({ state: step === 'enrol' ? 'enrolling' : 'in', user }),
      left: () => setState({ state: 'out', expired: false }),
      ask: () => setState({ state: 'asking' }),
    }),
    [state],
  );
  return <LoginContext value={value}>{children}</LoginContext>;
}

export function useLogin(): Login {
  const value = useContext(LoginContext);
  if (value === null) throw new Error('useLogin outside of LoginProvider');
  return value;
}

/** The user of a page that only a logged-in user can see. */
export function useUser(): User {
  const { login: current } = useLogin();
  if (current.state !== 'in') throw new Error('this page needs a login');
  return current.user;
}

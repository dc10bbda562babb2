/**
 * Shows a form's errors from the first attempt to send it on, and leads to the first field that is wrong.
 * `send` is fulfilled with whether it succeeded; the form then begins anew.
 */
import { type FormEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

export type Errors<Field extends string> = Readonly<Partial<Record<Field, string | null>>>;

export interface CheckedForm<Field extends string> {
  readonly error: (field: Field) => string | null;
  readonly submit: (event: FormEvent<HTMLFormElement>) => void;
}

export function useCheckedForm<Field extends string>(
  errors: Errors<Field>,
  send: () => Promise<boolean>,
): CheckedForm<Field> {
  const [tried, setTried] = useState(false);
  const sending = useRef(false);
  async function sendOnce(): Promise<void> {
    if (sending.current) return;
    sending.current = true;
    const sent = await send().finally(() => {
      sending.current = false;
    });
    if (sent) setTried(false);
  }
  return {
    error: (field) => (tried ? (errors[field] ?? null) : null),
    submit: (event) => {
      event.preventDefault();
      const form = event.currentTarget;
      if (Object.values(errors).some((sentence) => typeof sentence === 'string')) {
        flushSync(() => setTried(true));
        form.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid="true"]')?.focus();
        return;
      }
      void sendOnce();
    },
  };
}

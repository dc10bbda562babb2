/** Filters of a list, kept in the address bar: a link shows another person the same list. */
import { useSearchParams } from 'react-router';

export interface Filter<Name extends string> {
  /** Empty texts are left out. */
  readonly values: Readonly<Partial<Record<Name, string>>>;
  readonly set: (name: Name, value: string) => void;
  readonly clear: () => void;
  readonly isSet: boolean;
  /** The same as a query, for a request. */
  readonly query: string;
}

export function useFilter<Name extends string>(names: readonly Name[]): Filter<Name> {
  const [parameters, setParameters] = useSearchParams();
  const values: Partial<Record<Name, string>> = {};
  const query = new URLSearchParams();
  for (const name of names) {
    const value = parameters.get(name) ?? '';
    if (value === '') continue;
    values[name] = value;
    query.set(name, value);
  }
  return {
    values,
    set: (name, value) => {
      // Not the router's own value: that is of the last rendering, and would lose a filter that was set since.
      const after = new URLSearchParams(window.location.search);
      if (value === '') after.delete(name);
      else after.set(name, value);
      setParameters(after, { replace: true });
    },
    clear: () => setParameters({}, { replace: true }),
    isSet: query.size > 0,
    query: query.toString(),
  };
}

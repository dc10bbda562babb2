/** Ends a switch over every case: the compiler refuses a call that could happen. */
export function unreachable(value: never): never {
  throw new Error(`not a known case: ${JSON.stringify(value)}`);
}

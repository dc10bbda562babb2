/** For whoever has started the program: what happened, and what was seen last. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\nThe last thing seen: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

/** Told when the story does not go as the requirements say. */
export class StoryError extends Error {
  override readonly name = 'StoryError';
}

/** @throws StoryError with `what` and what was seen instead */
export function expectTrue(condition: boolean, what: string, seen?: unknown): asserts condition {
  if (!condition) throw new StoryError(seen === undefined ? what : `${what}; seen: ${JSON.stringify(seen)}`);
}

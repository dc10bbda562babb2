/** Whether every word of a search stands somewhere in the texts; case and accents' case do not matter. */
export function matchesSearch(search: string, texts: readonly string[]): boolean {
  const haystack = texts.join('\n').toLocaleLowerCase();
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

/** A refused form puts the cursor where the user has to change something. */
export function focusField(id: string): void {
  document.getElementById(id)?.focus();
}

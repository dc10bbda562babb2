/** By e-mail address: the cookies that the browser of this person keeps. */
export class TestBrowsers {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** As a Cookie header. */
  headerOf(email: string): string {
    return [...(this.#cookies.get(email) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** @param given Set-Cookie headers */
  keep(email: string, given: string | string[] | undefined): void {
    const kept = this.#cookies.get(email) ?? new Map<string, string>();
    for (const cookie of [given ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') kept.delete(name);
      else kept.set(name, value);
    }
    this.#cookies.set(email, kept);
  }

  adopt(email: string, others: TestBrowsers): void {
    this.#cookies.set(email, new Map(others.#cookies.get(email)));
  }

  forget(email: string): void {
    this.#cookies.delete(email);
  }
}

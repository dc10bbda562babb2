/** As many answers of the past count: the shortest of them was delayed least by other traffic. */
const KEPT = 4;

/** Measures one connection by numbered questions. Times are milliseconds of a clock that never jumps. */
export class RoundTrip {
  #asked: { readonly question: string; readonly at: number } | null = null;
  #number = 0;
  #measured: readonly number[] = [];

  /** Milliseconds; null until a first answer. */
  get milliseconds(): number | null {
    return this.#measured.length === 0 ? null : Math.min(...this.#measured);
  }

  /** What to send now, at most 125 bytes (RFC 6455 section 5.5). A former question need not be answered any more. */
  ask(now: number): string {
    this.#number += 1;
    const question = String(this.#number);
    this.#asked = { question, at: now };
    return question;
  }

  /** @returns whether it answers the last question */
  answered(answer: string, now: number): boolean {
    const asked = this.#asked;
    if (asked?.question !== answer) return false;
    this.#asked = null;
    this.#measured = [...this.#measured, now - asked.at].slice(-KEPT);
    return true;
  }

  /** Another way may be as long as it likes. */
  forget(): void {
    this.#asked = null;
    this.#measured = [];
  }
}

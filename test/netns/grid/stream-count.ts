/**
 * Counts one sequenced stream whose packets come back as echoes. Counting begins with the first packet that was
 * answered: before it there was no tunnel. It is divided into windows; a packet belongs to the window that it was sent in.
 */

/** A packet without an answer for this long is lost, in milliseconds. */
export const LOST_AFTER = 3000;

export interface StreamReport {
  readonly sent: number;
  readonly lost: number;
  /** Sequence numbers of the first and the last lost packet, counted from the first packet of the window. */
  readonly lostRange: readonly [number, number] | null;
  /** Answers that had arrived before. */
  readonly duplicates: number;
  /** Answers that arrived after one of a later packet. */
  readonly reordered: number;
  /** Longest time without an answer, in milliseconds. */
  readonly largestGapMs: number;
}

interface OpenWindow {
  readonly firstSequence: number;
  duplicates: number;
  reordered: number;
  largestGap: number;
}

interface ClosingWindow extends OpenWindow {
  readonly lastSequence: number;
  readonly closedAt: number;
}

export class StreamCount {
  readonly #unanswered = new Set<number>();
  /** The first packet that was answered. */
  #first: number | null = null;
  #lastSent = -1;
  #highestAnswered = -1;
  #lastAnswerAt: number | null = null;
  #answers = 0;
  #window: OpenWindow | null = null;

  /** Packets that were answered so far. */
  get answered(): number {
    return this.#answers;
  }

  sent(sequence: number): void {
    this.#lastSent = sequence;
    this.#unanswered.add(sequence);
  }

  received(sequence: number, now: number): void {
    if (sequence > this.#lastSent) return;
    this.#window ??= this.#begin(sequence);
    if (this.#first !== null && sequence < this.#first) return;
    if (!this.#unanswered.delete(sequence)) {
      this.#window.duplicates += 1;
      return;
    }
    this.#answers += 1;
    if (sequence < this.#highestAnswered) this.#window.reordered += 1;
    this.#highestAnswered = Math.max(this.#highestAnswered, sequence);
    this.#silenceUntil(now);
    this.#lastAnswerAt = now;
  }

  /** Ends the window and begins the next. The report is ready once every packet of it was answered or is lost. */
  close(now: number): ClosingWindow | null {
    const window = this.#window;
    if (window === null) return null;
    this.#silenceUntil(now);
    this.#window = newWindow(this.#lastSent + 1);
    return { ...window, lastSequence: this.#lastSent, closedAt: now };
  }

  /** @returns null while an answer may still come */
  report(window: ClosingWindow, now: number): StreamReport | null {
    const { firstSequence, lastSequence, closedAt, duplicates, reordered, largestGap } = window;
    const lost = [...this.#unanswered].filter((sequence) => sequence >= firstSequence && sequence <= lastSequence);
    if (lost.length > 0 && now < closedAt + LOST_AFTER) return null;
    const [first, last] = [lost[0], lost.at(-1)];
    return {
      sent: lastSequence - firstSequence + 1,
      lost: lost.length,
      lostRange: first === undefined || last === undefined ? null : [first - firstSequence, last - firstSequence],
      duplicates,
      reordered,
      largestGapMs: Math.round(largestGap),
    };
  }

  /** The first answer makes everything before it uncounted. */
  #begin(sequence: number): OpenWindow {
    this.#first = sequence;
    for (const earlier of this.#unanswered) if (earlier < sequence) this.#unanswered.delete(earlier);
    return newWindow(sequence);
  }

  #silenceUntil(now: number): void {
    if (this.#window === null || this.#lastAnswerAt === null) return;
    this.#window.largestGap = Math.max(this.#window.largestGap, now - this.#lastAnswerAt);
  }
}

function newWindow(firstSequence: number): OpenWindow {
  return { firstSequence, duplicates: 0, reordered: 0, largestGap: 0 };
}

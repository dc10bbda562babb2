interface OpenChannel {
  readonly channel: number;
  readonly peer: string;
  readonly present: boolean;
}

/** The channels of one connection: numbers that the relay gave to peers, by session. */
export class RelayChannels {
  readonly #bySession = new Map<string, readonly OpenChannel[]>();
  readonly #byNumber = new Map<number, OpenChannel>();
  readonly #byPeer = new Map<string, OpenChannel>();

  open(sessionId: string, channels: readonly OpenChannel[]): void {
    this.#bySession.set(sessionId, channels);
    this.#index();
  }

  close(sessionId: string): void {
    this.#bySession.delete(sessionId);
    this.#index();
  }

  setPresence(channel: number, present: boolean): void {
    for (const [sessionId, channels] of this.#bySession) {
      const changed = channels.map((entry) => (entry.channel === channel ? { ...entry, present } : entry));
      this.#bySession.set(sessionId, changed);
    }
    this.#index();
  }

  clear(): void {
    this.#bySession.clear();
    this.#index();
  }

  peerOf(channel: number): string | null {
    return this.#byNumber.get(channel)?.peer ?? null;
  }

  channelOf(peer: string): number | null {
    return this.#byPeer.get(peer)?.channel ?? null;
  }

  isPresent(peer: string): boolean {
    return this.#byPeer.get(peer)?.present ?? false;
  }

  #index(): void {
    this.#byNumber.clear();
    this.#byPeer.clear();
    for (const entry of [...this.#bySession.values()].flat()) {
      this.#byNumber.set(entry.channel, entry);
      this.#byPeer.set(entry.peer, entry);
    }
  }
}

/** First byte and length of a handshake initiation (WireGuard's paper, section 5.4.2). */
const INITIATION_TYPE = 1;
const INITIATION_BYTES = 148;

/** REKEY_TIMEOUT: afterwards WireGuard has given this initiation up. */
const LIFETIME_MS = 5000;

/**
 * Keeps the handshake that WireGuard began while there was no path. WireGuard starts no second one within five
 * seconds, so without this the first path would lie idle for as long.
 */
export class HeldInitiation {
  #held: { readonly packet: Uint8Array; readonly at: number } | null = null;

  hold(packets: readonly Uint8Array[], now: number): void {
    const packet = packets.findLast(({ 0: type, length }) => type === INITIATION_TYPE && length === INITIATION_BYTES);
    if (packet !== undefined) this.#held = { packet, at: now };
  }

  /** The initiation, once, while the one who began it still waits for the answer. */
  take(now: number): Uint8Array | null {
    const held = this.#held;
    this.#held = null;
    return held !== null && now - held.at < LIFETIME_MS ? held.packet : null;
  }
}

/**
 * The number in every relay frame that counts the client's decisions between relay and direct path, modulo 256
 * (protocol/relay-frame.ts). Compared as serial numbers are (RFC 1982): half of the circle lies behind, half ahead.
 */
const EPOCHS = 256;

export function nextEpoch(epoch: number): number {
  return (epoch + 1) % EPOCHS;
}

export function isLaterEpoch(epoch: number, than: number): boolean {
  const distance = (epoch - than + EPOCHS) % EPOCHS;
  return distance > 0 && distance < EPOCHS / 2;
}

/** As sockets write them: with a dot only where an IPv4 address stands in it; the name of an interface may follow. */
const IPV6 = /^[\da-f:]*:[\da-f:]*(?:%.*)?$/i;

/**
 * What counts as one host where attempts or connections of an address are limited: an IPv4 address, also when it is written
 * as IPv6; the first 64 bits of an IPv6 address, because a host has all that lie behind them to choose from (RFC 4291).
 * @param address as a socket tells it; another text counts for itself
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!IPV6.test(address)) return address;
  // The name of an interface belongs to the end that reads it, not to the host.
  const [plain = ''] = address.toLowerCase().split('%');
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array.from({ length: missing }, () => '0'), ...after].slice(0, 4).join(':');
}

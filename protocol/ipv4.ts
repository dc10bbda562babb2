/** IPv4 addresses in dotted-decimal notation as numbers, to count with, and networks in CIDR notation (RFC 4632). */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function ipv4Text(value: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(value / unit) % 256).join('.');
}

/** The first and the last address of a network; its address may have host bits, as in `192.168.1.7/24`. */
export function ipv4Range(network: string): { readonly first: number; readonly last: number } {
  const [address = '', length = '32'] = network.split('/');
  const size = 2 ** (32 - Number(length));
  const value = ipv4Number(address);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

export function isInNetwork(address: string, network: string): boolean {
  const { first, last } = ipv4Range(network);
  const value = ipv4Number(address);
  return first <= value && value <= last;
}

export function networksMeet(one: string, other: string): boolean {
  const [a, b] = [ipv4Range(one), ipv4Range(other)];
  return a.first <= b.last && b.first <= a.last;
}

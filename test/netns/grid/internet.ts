/**
 * The middle of a test's network: a router that every site is connected to, and the cloud behind it.
 *
 *   site 0 198.18.0.0/24 ──┐
 *   site 1 198.18.1.0/24 ──┼── internet ── cloud 203.0.113.0/24, 2001:db8:ffff::/64
 *   ...                    ┘
 *
 * A site with IPv6 has 2001:db8:SITE::/64 instead. The router knows these networks and no other, so that private
 * addresses lead nowhere.
 */
import { addNamespace, cable, ip, makeRouter, removeNamespaces } from './namespaces.ts';

export const CLOUD_ADDRESSES = {
  relay0: '203.0.113.20',
  relay1: '203.0.113.21',
  /** Takes connections and says nothing. */
  silent: '203.0.113.25',
  stun0: '203.0.113.30',
  stun1: '203.0.113.31',
  relay6: '2001:db8:ffff::20',
  stun6: '2001:db8:ffff::30',
} as const;

export class Internet {
  readonly router: string;
  readonly cloud: string;
  readonly #prefix: string;
  #sites = 0;

  private constructor(prefix: string) {
    this.#prefix = prefix;
    this.router = `${prefix}-internet`;
    this.cloud = `${prefix}-cloud`;
  }

  /**
   * Removes what an earlier, dead test of the same prefix left behind first.
   * @throws CommandError when a namespace cannot be made
   */
  static async create(prefix: string): Promise<Internet> {
    await removeNamespaces(prefix);
    const internet = new Internet(prefix);
    const { router, cloud } = internet;
    await Promise.all([router, cloud].map(addNamespace));
    await makeRouter(router);
    await cable(
      { namespace: router, device: 'cloud', addresses: ['203.0.113.1/24', '2001:db8:ffff::1/64'] },
      { namespace: cloud, device: 'eth0', addresses: Object.values(CLOUD_ADDRESSES).map(withLength) },
    );
    await ip(cloud, 'route add default via 203.0.113.1');
    await ip(cloud, 'route add default via 2001:db8:ffff::1');
    return internet;
  }

  /** The name of a namespace of this test. */
  name(part: string): string {
    return `${this.#prefix}-${part}`;
  }

  /**
   * Connects the outermost device of a site.
   * @returns its public address
   */
  async connect(namespace: string, device: string): Promise<string> {
    const network = `198.18.${this.#sites}.`;
    await this.#connect(namespace, device, network, 24);
    return `${network}2`;
  }

  /**
   * Connects a site's firewall, and gives the site a network of its own behind it.
   * @returns the network's prefix, for example `2001:db8:1:1::`
   */
  async connectIpv6Network(namespace: string, device: string): Promise<string> {
    const site = `2001:db8:${this.#sites.toString(16)}`;
    await this.#connect(namespace, device, `${site}::`, 64);
    await ip(this.router, `route add ${site}:1::/64 via ${site}::2`);
    return `${site}:1::`;
  }

  async close(): Promise<void> {
    await removeNamespaces(this.#prefix);
  }

  async #connect(namespace: string, device: string, network: string, length: number): Promise<void> {
    const uplink = `s${this.#sites++}`;
    await cable(
      { namespace: this.router, device: uplink, addresses: [`${network}1/${length}`] },
      { namespace, device, addresses: [`${network}2/${length}`] },
    );
    await ip(namespace, `route add default via ${network}1`);
  }
}

function withLength(address: string): string {
  return address.includes(':') ? `${address}/64` : `${address}/24`;
}

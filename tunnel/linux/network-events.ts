/** `3: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 ...` */
const LINK = /^\d+: (?<name>[^\s@:]+)(?:@[^\s:]+)?: <(?<flags>[^>]*)>/;
/** `3: eth0    inet 10.9.0.2/24 scope global eth0\       valid_lft 86399sec preferred_lft 86399sec` */
const ADDRESS = /^\d+: (?<name>\S+) +(?<address>inet6? \S+(?: peer \S+)?)(?<rest>[^\\]*)/;
const ROUTE_DEVICE = /\bdev (\S+)/g;
const DELETED = 'Deleted ';

/**
 * Decides which lines of `ip -o monitor link address route` (ip-monitor(8)) are news. A router repeats its
 * advertisements and wireless cards speak of every scan: an address whose lifetime alone is new, and a link that is as
 * much up as before, are none.
 */
export class NetworkEvents {
  readonly #ignoredInterface: string;
  /** What was last said of each link and each address that is there. */
  readonly #known = new Map<string, string>();

  constructor(ignoredInterface: string) {
    this.#ignoredInterface = ignoredInterface;
  }

  isNews(line: string): boolean {
    const isDeleted = line.startsWith(DELETED);
    const text = isDeleted ? line.slice(DELETED.length) : line;
    const link = LINK.exec(text)?.groups;
    if (link !== undefined) return this.#isNew(link['name'], 'link', upFlags(link['flags']), isDeleted);
    const address = ADDRESS.exec(text)?.groups;
    if (address !== undefined) return this.#isNew(address['name'], address['address'], address['rest'], isDeleted);
    return this.#isForeignRoute(text);
  }

  #isNew(name = '', what = '', said = '', isDeleted: boolean): boolean {
    if (name === this.#ignoredInterface) return false;
    const key = `${name} ${what}`;
    if (isDeleted) {
      this.#known.delete(key);
      return true;
    }
    const before = this.#known.get(key);
    this.#known.set(key, said);
    return before !== said;
  }

  /** A route that replaces another is told without the end of the other, so that every route counts. */
  #isForeignRoute(text: string): boolean {
    const devices = [...text.matchAll(ROUTE_DEVICE)].map(([, device]) => device);
    if (text.trim() === '') return false;
    return devices.length === 0 || devices.some((device) => device !== this.#ignoredInterface);
  }
}

/** netdevice(7): whether the link is switched on, and whether its cable or radio is. */
function upFlags(flags = ''): string {
  return flags
    .split(',')
    .filter((flag) => flag === 'UP' || flag === 'LOWER_UP')
    .join();
}

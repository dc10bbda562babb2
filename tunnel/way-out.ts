/**
 * By whom a computer's packets reach other networks: the routers of its default routes and its name servers, IPv4.
 * Each operating system has its own way to find them (linux/way-out.ts, later windows/).
 */
export interface WayOut {
  readonly routers: readonly string[];
  readonly nameServers: readonly string[];
}

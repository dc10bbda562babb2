/** RFC 6455 section 4.1: any status but 101 is a refusal. Our own servers refuse with these. */
const OWN_REFUSALS = new Set([401, 429]);

/**
 * Whether this answer to a WebSocket upgrade tells that the upgrade did not arrive: a proxy or a firewall on the way
 * took it out of the request, or answered in the server's place. A server in trouble (5xx) is none of this.
 */
export function isUpgradeStripped(status: number): boolean {
  return status < 500 && !OWN_REFUSALS.has(status);
}

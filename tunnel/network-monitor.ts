/**
 * Tells that this computer's place in the network has changed; each operating system has its own
 * (linux/network-monitor.ts, later windows/).
 */
export interface NetworkMonitor {
  /**
   * From now on `onChange` is called when addresses, routes or links have changed, or may have: once for a burst,
   * within 100 ms. What the tunnel's own interface does is no change.
   */
  start(onChange: () => void): void;
  /** No call follows, nothing is left running. May be called again. */
  close(): void;
}

/**
 * Every time the path machine decides by, in milliseconds. WireGuard's own are from its paper, section 6.
 */
export const PATH_TIMES = {
  /** REJECT_AFTER_TIME: a session this old carries nothing more. A living one is renewed after 120 s. */
  handshakeExpires: 180_000,
  /**
   * An end that has sent nothing for so long sends an empty packet. WireGuard's own keep-alive begins anew with each packet
   * that comes as well: of two idle ends only the one whose timer is ahead would ever send, and hear nothing.
   */
  keepAlive: 20_000,
  /** Two of these did not arrive, and some time to spare. */
  silence: 60_000,
  /** The peer is at no relay: long enough for either end to reconnect. */
  withoutPath: 10_000,
  /** REKEY_TIMEOUT: WireGuard starts no handshake sooner after the last one. */
  nudgeInterval: 5000,
  /** The end that does not lead gives the other's first handshake this long before it begins one of its own. */
  followerPatience: 7500,
  /** A relay that says the peer is there, while nothing arrives: time for three handshakes. */
  relayTrial: 16_000,

  /** Between one check of a pair and its next in a round; the last one repeats. */
  checkIntervals: [100, 100, 200, 300, 500, 1000],
  /** Between two checks of the pair that carries the packets. */
  heartbeat: 400,
  /** Between two checks of another pair that answers: it may become the better one. */
  spareCheck: 5000,
  /** An answer this old says nothing about a pair any more. */
  answerExpires: 2000,
  /** A direct path without any sign of life for this long is suspect: two heartbeats and a round trip. */
  signExpires: 1000,
  /** So long a gateway's service may say nothing while packets come directly: it is busy. */
  mute: 5000,
  /** What was sent directly this long ago and is in none of the gateway's readings since has not arrived. */
  uncounted: 700,
  /** Two readings of the gateway's that are to say two things. */
  readingsApart: 200,
  /** A path machine that was not asked for this long was held up itself: what it has not heard proves nothing. */
  stall: 500,
  /** A trial that the gateway's WireGuard does not take up in this time has failed. It disturbs nothing until then. */
  trial: 3000,
  /** From the gateway's word that its WireGuard sends to the new address: so long its packets may be missed. */
  unproved: 700,
  /** Between two nominations of one trial. */
  nomination: 200,
  /** So long a gateway holds relay packets back while it sees whether WireGuard adopts a nominated address. */
  adoption: 80,
  /** A suspect path is given up for a relay's after this. */
  suspect: 5000,
  /** A pair that failed is left alone, twice as long each time. */
  firstHold: 5000,
  longestHold: 60_000,
  /** No round found a path: a new one follows, never later than the longest. */
  firstRetry: 10_000,
  longestRetry: 60_000,
  /** Between two padded checks of which the first was not answered. */
  sizeRetry: 500,
  /** Between two padded checks of a path that carries packets of full size. */
  sizeCheck: 5000,
  /** Until a path of base size is asked again for more: RFC 8899 section 5.1.1, PMTU_RAISE_TIMER. */
  sizeRaise: 600_000,
  /** A faster pair takes over only after the present one has carried packets this long. */
  settle: 10_000,
} as const;

/** Checks of one round before the pair waits for the next. */
export const CHECKS_OF_A_ROUND = 12;

/** A pair is faster when its round trip is shorter by this much: milliseconds, and a part of the present one. */
export const ROUND_TRIP_HYSTERESIS = { milliseconds: 10, part: 0.2 } as const;

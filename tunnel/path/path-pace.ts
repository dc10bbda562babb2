/** How often a path is looked at: often while something may be decided, seldom otherwise. Pure. */
import { isRoundOpen } from './check-list.ts';
import type { PathState } from './path-state.ts';

/** Milliseconds between two looks at WireGuard's counters. */
const POLL = { steady: 1000, connecting: 250, followed: 400, trial: 50 } as const;

/** Milliseconds between two ticks of the path machine. */
const TICK = { steady: 1000, watching: 200, checking: 50 } as const;

/** The pace of all peers: that of the one which is in the greatest hurry. */
export function pollInterval(paths: readonly PathState[]): number {
  return Math.min(POLL.steady, ...paths.map(pollIntervalOf));
}

export function tickInterval(paths: readonly PathState[]): number {
  return Math.min(TICK.steady, ...paths.map(tickIntervalOf));
}

export function isConnecting({ link, relay }: PathState): boolean {
  return link.state === 'connecting' && relay !== null;
}

export function isInTrial({ direct }: PathState): boolean {
  return direct.role === 'client' && direct.stage.state === 'trial';
}

/** Gateway: WireGuard sends directly. */
export function isFollowed({ direct }: PathState): boolean {
  return direct.role === 'gateway' && direct.followed !== null;
}

function isNominated({ direct }: PathState): boolean {
  return direct.role === 'gateway' && direct.nominated !== null;
}

function pollIntervalOf(path: PathState): number {
  if (isInTrial(path)) return POLL.trial;
  if (isConnecting(path)) return POLL.connecting;
  return isFollowed(path) || isNominated(path) ? POLL.followed : POLL.steady;
}

function tickIntervalOf({ direct }: PathState): number {
  const ofRounds = isRoundOpen(direct.pairs) ? TICK.checking : TICK.steady;
  if (direct.role === 'gateway') return Math.min(ofRounds, direct.followed === null ? TICK.steady : TICK.watching);
  switch (direct.stage.state) {
    case 'relay':
      return TICK.steady;
    case 'probing':
      return ofRounds;
    case 'trial':
    case 'suspect':
      return TICK.checking;
    case 'direct':
      return TICK.watching;
  }
}

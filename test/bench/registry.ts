import type { Bench } from './bench.ts';
import { clientPathBench } from './client-path.ts';
import { cloudScaleBench } from './cloud-scale.ts';
import { failoverBench } from './failover.ts';
import { hubScaleBench } from './hub-scale.ts';
import { imageBench } from './image.ts';
import { kernelPathBench } from './kernel-path.ts';
import { memoryBench } from './memory.ts';
import { relayBench } from './relay.ts';
import { roamBench } from './roam.ts';
import { sessionBench } from './session.ts';
import { stunBench } from './stun.ts';
import { upgradeBench } from './upgrade.ts';

/** Every benchmark, in the order they run in. */
export const BENCHES: readonly Bench[] = [
  stunBench,
  relayBench,
  clientPathBench,
  kernelPathBench,
  upgradeBench,
  failoverBench,
  roamBench,
  memoryBench,
  sessionBench,
  hubScaleBench,
  cloudScaleBench,
  imageBench,
];

/**
 * @param names none: all of them
 * @throws Error naming what is unknown and what is known
 */
export function benchesNamed(names: readonly string[], known: readonly Bench[] = BENCHES): readonly Bench[] {
  const unknown = names.filter((name) => !known.some((bench) => bench.name === name));
  if (unknown.length > 0)
    throw new Error(`Unknown benchmark: ${unknown.join(', ')}. Known: ${known.map(({ name }) => name).join(', ')}.`);
  return names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
}

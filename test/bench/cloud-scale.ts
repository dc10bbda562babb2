/**
 * How long the cloud takes for the data of each page when it has years behind it: 10,000 sessions and 1,000,000 entries of the audit
 * log in the embedded store, asked by an administrator and by a user. From the request to the whole answer inside the API's
 * process: routing, rights, queries, checked and serialised JSON; without TLS and network.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCloud } from '@edgegateway/cloud-stub/api/testing';
import { openStore } from '@edgegateway/cloud-stub/store/open-store';
import type { Bench } from './bench.ts';
import type { MeasuredResult } from './bench-result.ts';
import { actorOf, fillStore, gatewayOf, originOf, SESSION, SIZE, timeOf, USER, uuid } from './cloud-scale-data.ts';
import { percentile } from './percentile.ts';

const NAME = 'cloud-scale';
const ADMINISTRATOR = 'admin@example.test';
const TECHNICIAN = 'technician@example.test';
/** Requests of a figure, each asking for something else. */
const REQUESTS = 60;
const WARM_UP = 5;

interface Page {
  readonly what: string;
  readonly path: (number: number) => string;
  readonly onlyAdministrator?: boolean;
}

const spread = (number: number, size: number) => (number * 7919) % size;
const session = (number: number) => uuid(SESSION, spread(number, SIZE.sessions));
const query = (path: string, parameters: Readonly<Record<string, string>>) =>
  `${path}?${new URLSearchParams(parameters).toString()}`;
const audit = (parameters: Readonly<Record<string, string>>) => query('/api/audit', parameters);
const sessions = (parameters: Readonly<Record<string, string>>) => query('/api/sessions', parameters);
const month = (number: number) => ({
  from: timeOf(spread(number, 950_000)),
  to: timeOf(spread(number, 950_000) + 28_000),
});

const PAGES: readonly Page[] = [
  { what: 'sessions, newest', path: () => '/api/sessions' },
  { what: 'sessions, further back', path: (number) => sessions({ before: session(number) }) },
  { what: 'sessions, running', path: () => sessions({ state: 'starting,active' }) },
  { what: 'sessions, of a gateway', path: (number) => sessions({ gateway: gatewayOf(number) }) },
  { what: 'sessions, of a user', path: (number) => sessions({ user: uuid(USER, number % SIZE.users) }) },
  { what: 'sessions, of a month', path: (number) => sessions(month(number)) },
  { what: 'sessions, search', path: (number) => sessions({ search: `repair ${spread(number, SIZE.sessions)}` }) },
  { what: 'sessions, search without a hit', path: (number) => sessions({ search: `absent ${number}` }) },
  { what: 'gateways', path: () => '/api/gateways' },
  { what: 'me', path: () => '/api/me' },
  { what: 'session', path: (number) => `/api/sessions/${session(number)}` },
  { what: 'session, log', path: (number) => `/api/sessions/${session(number)}/audit` },
  { what: 'session, history', path: (number) => `/api/sessions/${session(number)}/history` },
  { what: 'users', path: () => '/api/users', onlyAdministrator: true },
  ...Object.entries({
    newest: () => ({}),
    'further back': (number: number) => ({ before: `${1 + spread(number, SIZE.entries)}` }),
    'of a month': month,
    'of a person': (number: number) => ({ actor: actorOf(number) }),
    'of gateways': () => ({ kind: 'gateways' }),
    'of an action': (number: number) => ({ action: ['flow-refused', 'session-ended', 'never'][number % 3] ?? '' }),
    'of a session': (number: number) => ({ session: session(number) }),
    'of a gateway': (number: number) => ({ gateway: gatewayOf(number) }),
    'from an address': (number: number) => ({ origin: originOf(number) }),
    'of a person and an action in a month': (number: number) => ({
      actor: actorOf(number),
      action: 'session-started',
      ...month(number),
    }),
    'search, rare word': (number: number) => ({ search: `repair ${spread(number, SIZE.sessions)}` }),
    'search, common words': (number: number) => ({ search: `gateway ${502 + (number % 5)}` }),
    'search, beginning of an address': (number: number) => ({ search: `192.168.${number % 250}` }),
    'search without a hit': (number: number) => ({ search: `absent${number}` }),
  } as const).map(([what, parameters]) => ({
    what: `audit, ${what}`,
    path: (number: number) => audit(Object.fromEntries(Object.entries(parameters(number)))),
    onlyAdministrator: true,
  })),
];

export const cloudScaleBench: Bench = {
  name: NAME,
  async run() {
    // Of about two gigabytes, so it goes with the measurement.
    const dataDirectory = await mkdtemp(join(tmpdir(), 'cloud-scale-'));
    const owned: (() => Promise<void>)[] = [() => rm(dataDirectory, { recursive: true, force: true })];
    try {
      const store = await openStore({ dataDirectory });
      const cloud = await TestCloud.create(store);
      owned.push(() => cloud.close());
      await cloud.accept(ADMINISTRATOR, (await cloud.firstLogin()).code);
      const technician = await cloud.addPerson(ADMINISTRATOR, TECHNICIAN, 'remoteconnect-user');
      await fillStore(store, (text) => console.log(`  ${text}`));
      // The user who asks has a share of the sessions, and sees no others.
      await store.read
        .insertInto('session_users')
        .values(
          Array.from({ length: SIZE.sessions / 5 }, (_, at) => ({
            session_id: uuid(SESSION, at * 5),
            user_id: technician.id,
          })),
        )
        .execute();
      const results: MeasuredResult[] = [];
      for (const page of PAGES)
        for (const [who, email] of [
          ['administrator', ADMINISTRATOR],
          ['user', TECHNICIAN],
        ] as const)
          if (who === 'administrator' || page.onlyAdministrator !== true)
            results.push(...(await measure(cloud, page, who, email)));
      return results;
    } finally {
      for (const end of owned.toReversed()) await end();
    }
  },
};

async function measure(cloud: TestCloud, { what, path }: Page, who: string, email: string): Promise<MeasuredResult[]> {
  const times: number[] = [];
  for (let number = -WARM_UP; number < REQUESTS; number += 1) {
    // Of the sessions, those that the user may see.
    const url = path(Math.abs(number) * 5);
    const start = performance.now();
    const { status } = await cloud.download(email, url);
    const time = performance.now() - start;
    if (status !== 200) throw new Error(`${url} was answered with ${status}`);
    if (number >= 0) times.push(time);
  }
  const figure = (name: string, value: number): MeasuredResult => ({
    ...{ name: NAME, figure: `${what} (${who}), ${name}`, value, unit: 'ms' },
    ...{ peer: null, peerValue: null, ratio: null, runs: times.length },
  });
  return [figure('p50', percentile(times, 0.5)), figure('p95', percentile(times, 0.95))];
}

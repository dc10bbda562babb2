/**
 * The cloud of a test: relays, STUN servers, and the key that tokens of its relays are signed with.
 */
import { generateKeyPairSync } from 'node:crypto';
import { publicJwk } from '@edgegateway/cloud-stub/pki/relay-token-key';
import { createAuthority, issueHostCertificate, type KeyedCertificate } from '@edgegateway/cloud-stub/pki/x509';
import { signToken } from '@edgegateway/cloud-stub/relay/testing';
import type { RelayEndpoint, StunEndpoint } from '@edgegateway/protocol/network-endpoints';
import type { RelaySettings } from '../tunnel-relay-program.ts';
import type { Program, Programs } from './programs.ts';

const RELAY_PORT = 443;
const STUN_PORT = 3478;
const TOKEN_SECONDS = 3600;

export class TestCloud {
  readonly namespace: string;
  readonly #programs: Programs;
  readonly #authority: KeyedCertificate;
  readonly #tokenKey = generateKeyPairSync('ed25519').privateKey;

  private constructor(namespace: string, programs: Programs, authority: KeyedCertificate) {
    this.namespace = namespace;
    this.#programs = programs;
    this.#authority = authority;
  }

  static async create(namespace: string, programs: Programs): Promise<TestCloud> {
    return new TestCloud(namespace, programs, await createAuthority(new Date()));
  }

  get caPem(): string {
    return this.#authority.certificatePem;
  }

  /** @param address where the relay listens, when its host is a name */
  async startRelay(relay: RelayEndpoint, address = relay.host): Promise<Program> {
    const certificate = await issueHostCertificate(this.#authority, relay.host, new Date());
    const settings: RelaySettings = {
      ...{ name: relay.name, address, port: relay.port },
      ...{ certPem: certificate.certificatePem, keyPem: certificate.keyPem },
      tokenKey: JSON.stringify(publicJwk(this.#tokenKey)),
    };
    return this.#programs.start({
      name: relay.name,
      namespace: this.namespace,
      file: '../tunnel-relay-program.ts',
      input: settings,
    });
  }

  startStun(addresses: readonly string[]): Promise<Program> {
    const input = [String(STUN_PORT), ...addresses];
    return this.#programs.start({ name: 'stun', namespace: this.namespace, file: 'stun-program.ts', input });
  }

  /** A relay token for `own` to meet `peer`, both WireGuard public keys. */
  token(sessionId: string, own: string, peer: string): Promise<string> {
    return signToken(this.#tokenKey, { sub: own, peers: [peer], sid: sessionId }, TOKEN_SECONDS);
  }
}

export function relayAt(name: string, host: string): RelayEndpoint {
  return { name, region: 'c-us', host, port: RELAY_PORT };
}

export function stunAt(name: string, host: string): StunEndpoint {
  return { name, region: 'c-us', host, port: STUN_PORT };
}

/**
 * The configuration of the cloud, one JSON file for all its programs.
 * `address` is what a program binds to; `host` and `port` are what the others are told.
 */
import { readFileSync } from 'node:fs';
import { hostName } from '@edgegateway/protocol/host-name';
import { ipv4Range, ipv4Text, isInNetwork } from '@edgegateway/protocol/ipv4';
import { HUB_ENDPOINT, PROVISIONING_ENDPOINT, relayEndpoint } from '@edgegateway/protocol/network-endpoints';
import { displayName, ipv4Network, port, TUNNEL_NETWORK } from '@edgegateway/protocol/wire-values';
import { z } from 'zod';
import { clientDownload } from './api/contract/session-rules.ts';

const bindAddress = z.union([z.ipv4(), z.ipv6()]);

const listener = z.strictObject({ host: hostName, port, address: bindAddress });

/** As browsers write it (RFC 6454 section 6.2): `https://cloud.plant.example:8443`, without a path. */
const httpsOrigin = z
  .url({ protocol: /^https$/ })
  .refine((text) => new URL(text).origin === text, 'is not an origin: https, host and port only');

const regionalListener = relayEndpoint.extend({ address: bindAddress });

const loopback = bindAddress.refine(
  (address) => address === '::1' || address.startsWith('127.'),
  'is not a loopback address: metrics are served to a program on the same computer only',
);

const relayListener = regionalListener.extend({
  /** Where the relay serves its metrics in Prometheus' format (plain HTTP, `/metrics`); nowhere unless given. */
  metrics: z.strictObject({ address: loopback, port }).optional(),
});

/** An OpenID provider: https, or one on this computer for trials. */
const issuer = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}, 'is not an https address');

/** Single sign-on by OpenID Connect: authorization code flow with PKCE. */
const singleSignOn = z.strictObject({
  /** On the button of the login page. */
  name: z.string().min(1).max(60).default('Single sign-on'),
  issuer,
  clientId: z.string().min(1).max(200),
  /** The file holds the secret and nothing else; readable by this program only. */
  clientSecretFile: z.string().startsWith('/'),
  scope: z.string().default('openid email profile'),
  /** Only e-mail addresses of these domains are let in. */
  emailDomains: z.array(z.hostname().toLowerCase()).min(1).max(50),
  /**
   * Takes the e-mail address though the provider does not say that it is verified. Only for a provider at which nobody
   * but your own organisation assigns addresses.
   */
  trustUnverifiedEmail: z.boolean().default(false),
  /** Which values of which claim (a text or a list) give which role; without it new users get remoteConnect User. */
  roles: z
    .strictObject({
      claim: z.string().min(1),
      values: z.record(z.string(), z.enum(['administrator', 'remoteconnect-administrator', 'remoteconnect-user'])),
    })
    .optional(),
  /** Whether someone whom no administrator has added gets an account at the first login. */
  createUsers: z.boolean().default(false),
  /** How the provider must have authenticated the user: one of these authentication context classes, or methods (RFC 8176). */
  demand: z
    .strictObject({ acr: z.array(z.string()).min(1).optional(), amr: z.array(z.string()).min(1).optional() })
    .default({}),
});
export type SingleSignOnConfiguration = z.infer<typeof singleSignOn>;

const rate = z.number().positive();

/** The emulator on this computer. */
const emulatedHub = listener.extend({
  /** How much a second it bears; one unit of Azure's S1 unless given. */
  throttles: z.strictObject({ connects: rate, messages: rate, twinReads: rate, twinUpdates: rate }).optional(),
});

const secretFile = z.string().startsWith('/');

/** Azure's own services. Each file holds one connection string and is readable by this program's user only. */
const azureHub = z.strictObject({
  kind: z.literal('azure'),
  /** A shared access policy of the IoT Hub with registry read, registry write and service connect. */
  iotHub: secretFile,
  /** One of the Device Provisioning Service with enrollment and registration state, read and write. */
  provisioning: secretFile,
  /** The IoT Hub's Event Hubs-compatible endpoint, with EntityPath. */
  events: secretFile,
  /** Nobody else may read with this group. */
  consumerGroup: z.string().min(1).default('$Default'),
});
export type AzureHubConfiguration = z.infer<typeof azureHub>;

/** Small enough to leave room beside a carrier's networks, large enough for the gateways of a plant. */
const TUNNEL_PREFIX = { shortest: 10, longest: 22 };

/** A part of the shared address space, by its first address. */
const tunnelNetwork = ipv4Network.refine((network) => {
  const [address = '', length] = network.split('/');
  const prefix = Number(length);
  const isWhole = ipv4Text(ipv4Range(network).first) === address;
  const { shortest, longest } = TUNNEL_PREFIX;
  return isWhole && prefix >= shortest && prefix <= longest && isInNetwork(address, TUNNEL_NETWORK);
}, `must be a network in ${TUNNEL_NETWORK} with a prefix length of ${TUNNEL_PREFIX.shortest} to ${TUNNEL_PREFIX.longest}`);

export const cloudConfiguration = z.strictObject({
  /** Holds the embedded store, the certification authority and the keys. Only this cloud uses it; with PostgreSQL all its processes. */
  dataDirectory: z.string().startsWith('/'),
  /** `postgres://...`, or in the environment as DATABASE_URL; without it the embedded store in `dataDirectory` is used. */
  databaseUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Older entries of the audit log are removed, and an entry says so; ten years unless given. */
  auditRetentionDays: z.union([z.int().min(90).max(36_500), z.literal('never')]).optional(),
  idScope: z.string().regex(/^0ne[0-9A-F]{8}$/),
  /** E-mail address of the user that `firstLogin` is for; admin@example.test unless given. */
  firstAdministrator: z.email().max(200).optional(),
  /** Who has to have a second factor besides the password. */
  secondFactor: z.enum(['administrators', 'everyone']).default('administrators'),
  singleSignOn: singleSignOn.optional(),
  /** Whose cloud this is: the plant is told when it is asked to approve a session. */
  organisation: displayName.optional(),
  /** Where users get the client; without it the pages say to ask an administrator. */
  clientDownload: clientDownload.optional(),
  web: listener.extend({
    /** Under which addresses browsers see the web interface besides `https://{host}`: that of a reverse proxy, say. */
    otherOrigins: z.array(httpsOrigin).max(8).optional(),
    /** Where this process serves its metrics in Prometheus' format (plain HTTP, `/metrics`); nowhere unless given. */
    metrics: z.strictObject({ address: loopback, port }).optional(),
  }),
  dps: listener.default({ ...PROVISIONING_ENDPOINT, address: '127.0.0.1' }),
  hub: z.union([azureHub, emulatedHub]).default({ ...HUB_ENDPOINT, address: '127.0.0.1' }),
  relays: z.array(relayListener).min(1).max(8),
  stunServers: z.array(regionalListener).max(8),
  /**
   * Out of which the ends of tunnels have their addresses. One that the plants' and the technicians' carriers do not use is best;
   * what they do use is passed over, address by address. Gateways with an address outside of it get another one when they
   * report next; devices keep the addresses that they are mapped to.
   */
  tunnelNetwork: tunnelNetwork.default(TUNNEL_NETWORK),
});
export type CloudConfiguration = z.infer<typeof cloudConfiguration>;

/**
 * @param environment its `DATABASE_URL` takes the place of the file's `databaseUrl`
 * @throws Error naming the file and every wrong field
 */
export function readCloudConfiguration(
  file: string,
  environment: { readonly DATABASE_URL?: string | undefined } = {},
): CloudConfiguration {
  const { DATABASE_URL: databaseUrl } = environment;
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const wanted = databaseUrl === undefined || databaseUrl === '' ? content : { ...Object(content), databaseUrl };
  const parsed = cloudConfiguration.safeParse(wanted);
  if (!parsed.success) throw new Error(`${file} is not a valid configuration:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Files that the cloud's programs share below `dataDirectory`. */
export const CLOUD_FILES = {
  /** PEM: what gateways, clients and browsers trust. */
  ca: 'pki/ca.pem',
  /** PEM pairs by host name: `{host}.pem`, `{host}.key`. */
  certificates: 'pki/hosts',
  /** JWK of the Ed25519 public key that relays check tokens with. */
  relayTokenKey: 'pki/relay-token.public.json',
  /** PEM of the Ed25519 public key that exports of the audit log are signed with. */
  auditKey: 'pki/audit.public.pem',
  /** `{code, email, url}` for the first administrator; removed once it has been used. */
  firstLogin: 'first-login.json',
  /** Base64 of 32 bytes: what is sealed in the store opens with it. Belongs into the backup, apart from the store. */
  sealingKey: 'sealing.key',
} as const;

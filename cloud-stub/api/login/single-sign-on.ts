/**
 * Single sign-on by OpenID Connect: authorization code flow with PKCE (RFC 7636), state and nonce, by openid-client. What
 * the callback has to match lies sealed in a cookie of the browser that began, so any cloud process can finish.
 */
import { readFile } from 'node:fs/promises';
import * as oidc from 'openid-client';
import { z } from 'zod';
import type { SingleSignOnConfiguration } from '../../configuration.ts';
import { type Context, cloudAuthority } from '../context.ts';
import type { Sealing } from '../sealing.ts';
import { judgeClaims, type SsoVerdict } from './sso-claims.ts';

export const CALLBACK_PATH = '/api/login/oidc/callback';

/** How long somebody may take at the provider. */
export const ATTEMPT_MILLISECONDS = 10 * 60 * 1000;

const PURPOSE = 'single sign-on attempt';
const TIMEOUT_SECONDS = 10;

const attempt = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), until: z.number() });

export class SingleSignOn {
  readonly configuration: SingleSignOnConfiguration;
  readonly #context: Context;
  readonly #sealing: Sealing;
  #provider: Promise<oidc.Configuration> | null = null;

  constructor(context: Context, configuration: SingleSignOnConfiguration, sealing: Sealing) {
    this.#context = context;
    this.configuration = configuration;
    this.#sealing = sealing;
  }

  get name(): string {
    return this.configuration.name;
  }

  /** @returns where the browser goes, and the cookie that it keeps meanwhile */
  async begin(): Promise<{ readonly url: string; readonly cookie: string }> {
    const provider = await this.#discovered();
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const { acr } = this.configuration.demand;
    const url = oidc.buildAuthorizationUrl(provider, {
      redirect_uri: this.#origin(CALLBACK_PATH).href,
      scope: this.configuration.scope,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(acr === undefined ? {} : { acr_values: acr.join(' ') }),
    });
    const until = this.#context.now().getTime() + ATTEMPT_MILLISECONDS;
    return { url: url.href, cookie: this.#sealing.seal(PURPOSE, JSON.stringify({ state, nonce, verifier, until })) };
  }

  /**
   * @param path of the callback, with its query
   * @param cookie as `begin` gave it
   */
  async finish(path: string, cookie: string): Promise<SsoVerdict> {
    const opened = this.#sealing.open(PURPOSE, cookie);
    const begun = opened === null ? null : attempt.parse(JSON.parse(opened));
    if (begun === null || begun.until < this.#context.now().getTime())
      return { verdict: 'refused', refusal: 'sso-failed', email: null };
    try {
      const provider = await this.#discovered();
      const tokens = await oidc.authorizationCodeGrant(provider, this.#origin(path), {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (idToken === undefined) return { verdict: 'refused', refusal: 'sso-failed', email: null };
      const hasUserinfo = provider.serverMetadata().userinfo_endpoint !== undefined;
      const userinfo = hasUserinfo ? await oidc.fetchUserInfo(provider, tokens.access_token, idToken.sub) : {};
      return judgeClaims({ ...idToken }, { ...userinfo }, this.configuration);
    } catch (error) {
      // The library's message names what does not hold; tokens and codes are only in its cause.
      this.#context.log.warn({ problem: error instanceof Error ? error.message : 'unknown' }, 'single sign-on failed');
      return { verdict: 'refused', refusal: 'sso-failed', email: null };
    }
  }

  #origin(path: string): URL {
    return new URL(path, `https://${cloudAuthority(this.#context.configuration)}`);
  }

  /** Asked once; anew after a failure, so that the cloud starts without its provider. */
  async #discovered(): Promise<oidc.Configuration> {
    this.#provider ??= this.#discover();
    try {
      return await this.#provider;
    } catch (error) {
      this.#provider = null;
      throw error;
    }
  }

  async #discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecretFile } = this.configuration;
    const server = new URL(issuer);
    const secret = (await readFile(clientSecretFile, 'utf8')).trim();
    return oidc.discovery(server, clientId, undefined, oidc.ClientSecretBasic(secret), {
      timeout: TIMEOUT_SECONDS,
      // Only on this computer: the configuration takes no other http address.
      execute: server.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
    });
  }
}

/** The AMS over plain HTTPS, as the page of plant staff asks it, from inside the plant's network (appliance/contract.ts). */
import { join } from 'node:path';
import { execPath } from 'node:process';
import {
  type Access,
  type AmsErrorCode,
  access,
  amsError,
  type Overview,
  overview,
} from '@edgegateway/appliance/contract';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';
import { LAB_ADDRESSES } from './network.ts';

const answer = z.object({
  status: z.int(),
  /** SHA-256 of the certificate, `AA:BB:...`. */
  fingerprint: z.string(),
  cookie: z.string().optional(),
  body: z.string(),
});

const program = join(import.meta.dirname, 'ams-request-program.ts');
/** Beyond what the AMS itself gives systemd. */
const ANSWER_SECONDS = 120;

/** The AMS has answered, and the answer is no. */
export class AmsRefusal extends Error {
  override readonly name = 'AmsRefusal';
  readonly code: AmsErrorCode;

  constructor(code: AmsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** One visitor with one cookie. Each method throws AmsRefusal for a refusal, CommandError where nobody answers. */
export class PlantAms {
  readonly #namespace: string;
  readonly #signal: AbortSignal | undefined;
  #cookie = '';
  #fingerprint = '';

  /** @param signal ends what is under way */
  constructor(namespace: string, signal?: AbortSignal) {
    this.#namespace = namespace;
    this.#signal = signal;
  }

  /** Of the certificate that the last answer came with. */
  get fingerprint(): string {
    return this.#fingerprint;
  }

  access(): Promise<Access> {
    return this.#ask(access, 'GET', '/api/access');
  }

  setFirstPassword(oneTimeCode: string, password: string): Promise<Access> {
    return this.#ask(access, 'POST', '/api/setup', { oneTimeCode, password });
  }

  logIn(password: string): Promise<Access> {
    return this.#ask(access, 'POST', '/api/login', { password });
  }

  changePassword(currentPassword: string, newPassword: string): Promise<Access> {
    return this.#ask(access, 'PUT', '/api/password', { currentPassword, newPassword });
  }

  overview(): Promise<Overview> {
    return this.#ask(overview, 'GET', '/api/overview');
  }

  /** Until switched off; fulfilled once systemd has started the service. */
  switchOn(): Promise<Overview> {
    return this.#ask(overview, 'PUT', '/api/remoteconnect', { on: true, forMinutes: null });
  }

  switchOff(): Promise<Overview> {
    return this.#ask(overview, 'PUT', '/api/remoteconnect', { on: false });
  }

  async #ask<T>(schema: z.ZodType<T>, method: string, path: string, body?: object): Promise<T> {
    const argv = ['netns', 'exec', this.#namespace, execPath, program, LAB_ADDRESSES.ams, method, path];
    const output = await runCommand('ip', argv, {
      input: `${this.#cookie}\n${body === undefined ? '' : JSON.stringify(body)}`,
      timeoutMs: ANSWER_SECONDS * 1000,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    });
    const { status, fingerprint, cookie, body: text } = answer.parse(JSON.parse(output));
    this.#fingerprint = fingerprint;
    this.#cookie = cookie ?? this.#cookie;
    const value: unknown = JSON.parse(text);
    if (status === 200) return schema.parse(value);
    const { code, message } = amsError.parse(value);
    throw new AmsRefusal(code, message);
  }
}

/**
 * The second factor of a user: set up, shown at a login, lost. The secret stands sealed in the store, recovery codes as
 * hashes.
 */
import { appendAudit } from '../../store/audit-log.ts';
import type { Reader, Writer } from '../../store/store.ts';
import type { Asker, Context } from '../context.ts';
import type { Enrolment, RecoveryCodes } from '../contract/account.ts';
import type { User } from '../contract.ts';
import { Problem } from '../errors.ts';
import type { Sealing } from '../sealing.ts';
import { hashSecret, normalizedCode, randomCode } from '../secrets.ts';
import { endLogins } from './login-sessions.ts';
import { newTotpSecret, totpStep, totpUri } from './totp.ts';

const RECOVERY_CODES = 10;

/** With what the second step was taken. */
export type SecondFactorKind = 'authenticator' | 'recovery-code';

export class SecondFactors {
  readonly #context: Context;
  readonly #sealing: Sealing;

  constructor(context: Context, sealing: Sealing) {
    this.#context = context;
    this.#sealing = sealing;
  }

  /** A secret that takes effect once a code of it has been shown; what was in use stays so until then. */
  async begin({ id, email }: User): Promise<Enrolment> {
    const secret = newTotpSecret();
    const sealed = this.#sealing.seal(purpose(id), secret);
    await this.#context.store.write((writer) =>
      writer.updateTable('users').set({ totp_pending: sealed }).where('id', '=', id).execute(),
    );
    return { secret, uri: totpUri(secret, email) };
  }

  /**
   * Ends the user's other logins.
   * @param loginIdHash the login that shows the code; it has shown the second factor by this
   * @throws Problem code-wrong
   */
  confirm(user: User, code: string, loginIdHash: string, asker: Asker): Promise<RecoveryCodes> {
    return this.#context.store.write(async (writer) => {
      const now = this.#context.now();
      const at = now.toISOString();
      const row = await writer
        .selectFrom('users')
        .select(['totp_pending', 'totp_secret'])
        .where('id', '=', user.id)
        .forUpdate()
        .executeTakeFirst();
      const step = row?.totp_pending == null ? null : this.#stepOf(user.id, row.totp_pending, code, now);
      if (row === undefined || step === null) throw new Problem('code-wrong');
      await writer
        .updateTable('users')
        .set({ totp_secret: row.totp_pending, totp_pending: null, totp_since: at, totp_last_step: step })
        .where('id', '=', user.id)
        .execute();
      await writer.updateTable('logins').set({ second_factor_at: at }).where('id_hash', '=', loginIdHash).execute();
      await endLogins(writer, user.id, loginIdHash);
      const action = row.totp_secret === null ? 'second-factor-set-up' : 'second-factor-replaced';
      await appendAudit(writer, { at, ...asker, action });
      return { codes: await makeRecoveryCodes(writer, user.id) };
    });
  }

  /**
   * Takes a code of the authenticator or a recovery code; each works once, also when it is shown twice at the same time.
   * @returns null where it is not right
   */
  async take(writer: Writer, userId: string, code: string): Promise<SecondFactorKind | null> {
    const row = await writer
      .selectFrom('users')
      .select(['totp_secret', 'totp_last_step'])
      .where('id', '=', userId)
      .forUpdate()
      .executeTakeFirst();
    if (row?.totp_secret == null) return null;
    const step = this.#stepOf(userId, row.totp_secret, code, this.#context.now());
    if (step !== null) {
      if (step <= row.totp_last_step) return null;
      await writer.updateTable('users').set({ totp_last_step: step }).where('id', '=', userId).execute();
      return 'authenticator';
    }
    const used = await writer
      .deleteFrom('recovery_codes')
      .where('user_id', '=', userId)
      .where('code_hash', '=', hashSecret(normalizedCode(code)))
      .returning('user_id')
      .executeTakeFirst();
    return used === undefined ? null : 'recovery-code';
  }

  /** @throws Problem no-second-factor */
  renewRecoveryCodes(user: User, asker: Asker): Promise<RecoveryCodes> {
    return this.#context.store.write(async (writer) => {
      if (!(await hasSecondFactor(writer, user.id))) throw new Problem('no-second-factor');
      const at = this.#context.now().toISOString();
      await appendAudit(writer, { at, ...asker, action: 'recovery-codes-renewed' });
      return { codes: await makeRecoveryCodes(writer, user.id) };
    });
  }

  #stepOf(userId: string, sealed: string, code: string, now: Date): number | null {
    const secret = this.#sealing.open(purpose(userId), sealed);
    if (secret === null)
      throw new Error('a second factor was sealed under another key: restore the key file of its backup');
    return totpStep(secret, code, now);
  }
}

async function makeRecoveryCodes(writer: Writer, userId: string): Promise<string[]> {
  await writer.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  const codes = Array.from({ length: RECOVERY_CODES }, randomCode);
  await writer
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ code_hash: hashSecret(code), user_id: userId })))
    .execute();
  return codes;
}

export async function forgetSecondFactor(writer: Writer, userId: string): Promise<void> {
  await writer
    .updateTable('users')
    .set({ totp_secret: null, totp_pending: null, totp_since: null })
    .where('id', '=', userId)
    .execute();
  await writer.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
}

export async function hasSecondFactor(reader: Reader, userId: string): Promise<boolean> {
  const row = await reader.selectFrom('users').select('totp_secret').where('id', '=', userId).executeTakeFirst();
  return row?.totp_secret != null;
}

function purpose(userId: string): string {
  return `second factor of ${userId}`;
}

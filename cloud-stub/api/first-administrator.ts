/** Until a first administrator has set a password, an invitation lies in a file that only the operator can read. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CLOUD_FILES } from '../configuration.ts';
import { writeFileAtomically } from '../pki/atomic-file.ts';
import { CLOUD, type Context, cloudAuthority } from './context.ts';
import { activeAdministrators, addUser, findUser, invite } from './users.ts';

export class FirstAdministrator {
  readonly #context: Context;
  readonly #file: string;
  readonly #email: string;

  constructor(context: Context, dataDirectory: string, email: string) {
    this.#context = context;
    this.#file = join(dataDirectory, CLOUD_FILES.firstLogin);
    this.#email = email;
  }

  /** Writes the file anew, or removes it once it is of no use. */
  async refresh(): Promise<void> {
    const { store, now } = this.#context;
    if ((await activeAdministrators(store.read)) > 0) {
      await rm(this.#file, { force: true });
      return;
    }
    const existing = await findUser(store.read, this.#email);
    const { code } =
      existing === undefined
        ? await addUser(this.#context, { email: this.#email, name: 'Administrator', role: 'administrator' }, CLOUD)
        : await store.write((writer) => invite(writer, existing.id, now()));
    const url = `https://${cloudAuthority(this.#context.configuration)}/invitation`;
    await writeFileAtomically(this.#file, `${JSON.stringify({ code, email: this.#email, url })}\n`, 'secret');
  }
}

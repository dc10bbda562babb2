/** Whoever takes part in the story, each with a browser of their own in the right place. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../lab/browser.ts';
import type { Laboratory } from '../lab/laboratory.ts';

/** Everything is found by its English name. */
const LANGUAGE = 'en-GB';
/** To end what hangs: several times what an emulated machine takes for a step while another core is busy. */
const PAGE_MILLISECONDS = 180_000;

export interface Person {
  readonly page: Page;
  readonly password: string;
}

export class People {
  readonly #lab: Laboratory;
  readonly #browsers: Browser[] = [];

  constructor(lab: Laboratory) {
    this.#lab = lab;
  }

  /** Stands beside the machines, with a phone in the plant's network. */
  async plantStaff(amsCertificate: string): Promise<Person> {
    return this.#person('plant', amsCertificate, { width: 390, height: 844 });
  }

  /** Sits in the office, far from the plant. */
  async inTheOffice(): Promise<Person> {
    return this.#person('office', await this.#lab.cloudCertificate(), { width: 1280, height: 800 });
  }

  /** Keeps what everyone sees right now, for whoever has to find out what went wrong. */
  async keepPictures(directory: string): Promise<void> {
    const pages = this.#browsers.flatMap((browser) => browser.contexts()).flatMap((context) => context.pages());
    await Promise.all(
      pages.map((page, index) => page.screenshot({ path: join(directory, `failure-${index}.png`), fullPage: true })),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#browsers.splice(0).map((browser) => browser.close()));
  }

  async #person(
    place: 'plant' | 'office',
    certificate: string,
    viewport: { readonly width: number; readonly height: number },
  ): Promise<Person> {
    const browser = await launchBrowser({
      namespace: this.#lab.network.namespaces[place],
      workDirectory: join(this.#lab.directory, 'browser'),
      trustedCertificates: [certificate],
    });
    this.#browsers.push(browser);
    const context = await browser.newContext({ viewport, locale: LANGUAGE });
    context.setDefaultTimeout(PAGE_MILLISECONDS);
    return { page: await context.newPage(), password: randomBytes(12).toString('base64url') };
  }
}

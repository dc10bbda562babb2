/// <reference types="node" />
/** A real browser on the built interface; everything the page complains about is collected. */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { z } from 'zod';
import { FakeCloud } from './fake-cloud.ts';

const require = createRequire(import.meta.url);
const folder = join(import.meta.dirname, '../../../build/cloud-ui');

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Violations of the policy, console errors, uncaught errors. */
  readonly complaints: string[];
}

export class TestBrowser {
  readonly cloud: FakeCloud;
  readonly #browser: Browser;
  readonly #axe: string;

  private constructor(cloud: FakeCloud, browser: Browser, axe: string) {
    this.cloud = cloud;
    this.#browser = browser;
    this.#axe = axe;
  }

  static async start(): Promise<TestBrowser> {
    await build({ configFile: join(import.meta.dirname, '../vite.config.ts'), logLevel: 'warn' });
    const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
    const cloud = await FakeCloud.start(folder);
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return new TestBrowser(cloud, browser, axe);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.cloud.close();
  }

  async open(path: string, options: { locale?: string; viewport?: typeof PHONE } = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({
      baseURL: this.cloud.origin,
      locale: options.locale ?? 'en-GB',
      timezoneId: 'Europe/Berlin',
      viewport: options.viewport ?? DESKTOP,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      const refused = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
      if ((message.type() === 'error' || message.type() === 'warning') && !refused) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
    await page.goto(path);
    return { page, context, complaints };
  }

  /** The whole page as a PNG in the folder SCREENSHOTS, where one is asked for. */
  async picture(page: Page, name: string): Promise<void> {
    const pictures = env['SCREENSHOTS'];
    const viewport = page.viewportSize();
    if (pictures === undefined || viewport === null) return;
    await mkdir(pictures, { recursive: true });
    await page.setViewportSize({ ...viewport, height: viewport.height * 2 });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
    await page.setViewportSize(viewport);
  }

  /** Texts that the window or their own cell cuts off. */
  async cutOffTexts(page: Page): Promise<string[]> {
    return page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('th, td, h1, h2, p, button, a')]
        .filter((element) => {
          const { left, right, width } = element.getBoundingClientRect();
          // What lies wholly to the left is for screen readers and the keyboard.
          if (right <= 0 || width <= 1) return false;
          const outside = left < 0 || right > document.documentElement.clientWidth;
          return outside || element.scrollWidth > element.clientWidth + 1;
        })
        .filter((element) => getComputedStyle(element).display !== 'inline')
        .map((element) => `${element.tagName} ${element.textContent}`),
    );
  }

  /** What axe-core finds, one line each. */
  async accessibilityProblems(page: Page): Promise<string[]> {
    await page.evaluate(this.#axe);
    const found = await page.evaluate('axe.run().then(({ violations }) => violations)');
    return axeViolations.parse(found).flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }
}

const axeViolations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

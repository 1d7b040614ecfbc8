import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, describe, it } from 'vitest';
import { unpackChromium } from '../../scripts/chromium.mjs';

/** WebGPU on SwiftShader, which computes alike on every machine. */
const ARGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--ignore-gpu-blocklist',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan,WebGPU',
  '--use-webgpu-adapter=swiftshader',
];
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
/** A loaded machine takes its time; a browser that hangs must not hang the tests. */
const START_TIMEOUT_MS = 60_000;

interface Candidate {
  readonly file: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What to try, in order: LEXEL_CHROMIUM alone where it is set, the npm-shipped browser, what is installed. */
function candidates(): (Candidate | { reason: string })[] {
  const own = process.env.LEXEL_CHROMIUM;
  if (own) return [{ file: own }];
  const shipped = unpackChromium();
  return [
    shipped.file === undefined ? { reason: `npm-shipped Chromium: ${shipped.reason}` } : shipped,
    ...INSTALLED.filter((file) => existsSync(file)).map((file) => ({ file })),
  ];
}

/** The browser has an adapter, which a page of its own can only tell from a secure context. */
async function whyNoWebGpu(browser: Browser): Promise<string | undefined> {
  const page = await browser.newPage();
  try {
    await page.route('http://localhost/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
    );
    await page.goto('http://localhost/');
    return await page.evaluate(async () => {
      if (!('gpu' in navigator)) return 'it has no navigator.gpu';
      return (await navigator.gpu.requestAdapter()) ? undefined : 'it has no WebGPU adapter';
    });
  } finally {
    await page.close();
  }
}

/**
 * Starts a headless Chromium whose WebGPU works.
 * @returns the browser, or why none starts here
 */
export async function startChromium(
  options: { args?: readonly string[] } = {},
): Promise<{ browser: Browser; reason?: undefined } | { browser?: undefined; reason: string }> {
  const reasons: string[] = [];
  for (const candidate of candidates()) {
    if ('reason' in candidate) {
      reasons.push(candidate.reason);
      continue;
    }
    let browser: Browser | undefined;
    try {
      browser = await chromium.launch({
        executablePath: candidate.file,
        env: definedOnly(candidate.env ?? process.env),
        args: [...ARGS, ...(options.args ?? [])],
        timeout: START_TIMEOUT_MS,
      });
      const why = await whyNoWebGpu(browser);
      if (why === undefined) return { browser };
      reasons.push(`${candidate.file}: ${why}`);
    } catch (error) {
      reasons.push(`${candidate.file}: ${(error as Error).message.split('\n')[0]}`);
    }
    await browser?.close();
  }
  if (process.env.LEXEL_CHROMIUM === undefined) reasons.push('LEXEL_CHROMIUM may name one');
  return { reason: reasons.join('; ') };
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/**
 * A group of tests in one Chromium, closed at their end. Where none starts, the group is skipped and says why.
 * Await it at the top of a test file: vitest must know before the tests run.
 */
export async function describeInChromium(
  name: string,
  body: (browser: Browser) => void,
  options: { args?: readonly string[] } = {},
): Promise<void> {
  const { browser, reason } = await startChromium(options);
  if (!browser) {
    console.warn(`SKIPPED: ${name}: no Chromium with WebGPU starts here: ${reason}`);
    describe(name, () => it.skip(`no Chromium with WebGPU starts here: ${reason}`, () => undefined));
    return;
  }
  describe(name, () => {
    afterAll(() => browser.close());
    body(browser);
  });
}

/**
 * Collects what went wrong in a page: errors nobody caught, console errors and warnings, requests without an answer.
 * Call it before the first navigation; expect the list to be empty at the end.
 */
export function watchPage(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('requestfailed', (request) => faults.push(`request: ${request.url()} ${request.failure()?.errorText ?? ''}`));
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`request: ${response.url()} answered ${response.status()}`);
  });
  return faults;
}

/** Dawn's module, npm package `webgpu`. */
export interface DawnModule {
  create(flags: string[]): GPU;
}

/**
 * What Node gives and browsers lack. The package's entries for Node register it (`host.node.ts`); the entries for browsers reach
 * none of it, so that no bundler meets a module of Node's.
 */
export interface Host {
  /** Loads Dawn. Rejects where it is not installed. */
  loadDawn(): Promise<DawnModule>;
  readFile(path: string | URL): Promise<Uint8Array>;
  /** Writes a file whole or not at all: another process that reads it sees the old content or the new. Makes its folder. */
  writeFile(path: string, content: string | Uint8Array): Promise<void>;
  /** The `file:` address of a path. */
  pathToUrl(path: string): URL;
  /** Where what can be had again is kept: $LEXEL_CACHE, else `lexel` in the user's cache folder. */
  cacheFolder(): string;
}

let host: Host | undefined;

/** Registers what Node gives; undefined, as in a browser, in tests. @internal */
export function setHost(given: Host | undefined): void {
  host = given;
}

/** What Node gives; undefined in browsers and their workers. @internal */
export function getHost(): Host | undefined {
  return host;
}

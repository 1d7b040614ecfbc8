import { ArgumentError, LexelError } from '../gpu/index.ts';

/** SHA-256 as 64 hex digits. */
export async function sha256(data: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(data)));
  return [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** Hex digits of an expected hash, given so or as `sha256-` and base64. @throws ArgumentError */
export function parseIntegrity(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  if (/^sha256-[A-Za-z0-9+/]{43}=$/.test(text))
    return [...atob(text.slice(7))].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  throw new ArgumentError(`integrity: expected 64 hex digits or sha256- and base64, got ${JSON.stringify(text)}`);
}

/** @throws LexelError (code INTEGRITY) where the hash is another. */
export function checkHash(name: string, what: 'the weights' | 'the bytes', got: string, expected: string): void {
  if (got !== expected)
    throw new LexelError(
      `${name}: ${what} do not match their checksum (${got.slice(0, 12)}, expected ${expected.slice(0, 12)})`,
      { code: 'INTEGRITY', hint: 'The file was damaged on its way, or is another; download it again.' },
    );
}

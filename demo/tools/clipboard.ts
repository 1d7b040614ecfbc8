import { say } from '../page.ts';

/** Copies text; where the browser forbids it, `select` marks it for the visitor to copy. */
export async function copyText(text: string, select?: () => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say('Copied.');
  } catch {
    select?.();
    say(
      select
        ? 'This browser keeps the clipboard closed: the report is marked, copy it yourself.'
        : 'This browser keeps the clipboard closed.',
      true,
    );
  }
}

/** Text that is HTML already; only {@link html} and {@link raw} make it, so what a label holds can never become markup. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: text is escaped, arrays are joined, `undefined`, `null` and `false` leave nothing. */
export type Fragment = Html | string | number | undefined | null | false | readonly Fragment[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for element content and quoted attributes. Characters that no HTML file may hold become U+FFFD. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c]).replace(/[^\P{Cc}\t\n\r]/gu, '\uFFFD');
}

function render(fragment: Fragment): string {
  if (fragment === undefined || fragment === null || fragment === false) return '';
  if (fragment instanceof Html) return fragment.text;
  if (Array.isArray(fragment)) return fragment.map(render).join('');
  return escapeHtml(String(fragment));
}

/** A template whose values are escaped: `` html`<td>${label}</td>` ``. */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(parts.map((part, i) => part + render(values[i])).join(''));
}

/** Marks text as HTML without escaping it: for style sheets and what this program wrote itself. */
export function raw(text: string): Html {
  return new Html(text);
}

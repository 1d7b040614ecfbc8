import { type Fragment, type Html, html, raw } from './html.ts';
import { STYLE } from './style.ts';

/** A key figure: shown large at the top of a report. */
export interface Fact {
  readonly value: string;
  readonly label: string;
  /** A smaller line below the value, such as a confidence interval. */
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  /** One or two sentences below the heading. */
  readonly intro?: Fragment;
  readonly body: Fragment;
}

export interface Page {
  /** What kind of report: `Data set`, `Training run`, `Evaluation`. */
  readonly kind: string;
  readonly title: string;
  readonly lead?: Fragment;
  readonly facts?: readonly Fact[];
  readonly sections: readonly Section[];
  /** Last lines: what made the report, when, from what. */
  readonly footer?: Fragment;
}

/** A whole report as one HTML file: its style and pictures are inside, it runs no script and loads nothing. */
export function page(p: Page): string {
  const ids = p.sections.map((_, i) => `s${i + 1}`);
  return `<!doctype html>
${html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="lexel">
<title>${p.title} · ${p.kind} · Lexel</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">Lexel · ${p.kind}</p>
<h1>${p.title}</h1>
${p.lead && html`<p class="lead">${p.lead}</p>`}
${p.sections.length > 3 && html`<nav aria-label="Sections">${p.sections.map((s, i) => html`<a href="#${ids[i]}">${s.title}</a>`)}</nav>`}
${p.facts && facts(p.facts)}
</header>
${p.sections.map(
  (s, i) => html`<section id="${ids[i]}">
<h2>${s.title}</h2>
${s.intro && html`<p class="intro">${s.intro}</p>`}
${s.body}
</section>
`,
)}${p.footer && html`<footer>${p.footer}</footer>`}
</main>
</body>
</html>
`}`;
}

/** The row of key figures. */
export function facts(list: readonly Fact[]): Html {
  return html`<dl class="facts">${list.map(
    (f) => html`<div><dt>${f.label}</dt><dd>${f.value}</dd>${f.note && html`<dd class="note">${f.note}</dd>`}</div>`,
  )}</dl>`;
}

export interface Column {
  readonly title: string;
  /** Numbers stand at the right edge. */
  readonly numeric?: boolean;
}

/** A table; the first cell of a row is its heading. */
export function table(columns: readonly Column[], rows: readonly (readonly Fragment[])[], caption?: string): Html {
  const kind = (i: number) => (columns[i]?.numeric ? raw(' class="num"') : undefined);
  return html`<div class="scroll"><table>${caption && html`<caption>${caption}</caption>`}
<thead><tr>${columns.map((c, i) => html`<th scope="col"${kind(i)}>${c.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, i) =>
        i === 0 ? html`<th scope="row"${kind(i)}>${cell}</th>` : html`<td${kind(i)}>${cell}</td>`,
      )}</tr>
`,
  )}</tbody></table></div>`;
}

/** Charts side by side where there is room. */
export function charts(...list: readonly Fragment[]): Html {
  return html`<div class="charts">${list}</div>`;
}

/** The one style sheet of all reports: light and dark by the reader's setting, light on paper. Nothing is loaded. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#16181d, #eceef2);
  --soft: light-dark(#565d6a, #a3abba);
  --ground: light-dark(#fbfbf9, #14161a);
  --card: light-dark(#ffffff, #1c1f25);
  --line: light-dark(#d9dce2, #333842);
  --grid: light-dark(#eceef1, #282c34);
  --accent: light-dark(#0b6e4f, #4fd1a5);
  --bad: light-dark(#a4262c, #ff8a8a);
  --s0: var(--accent);
  --s1: light-dark(#2f5fb3, #86aef5);
  --s2: light-dark(#b4531a, #f0a06a);
  --s3: light-dark(#8a3b8f, #d99be0);
  --s4: light-dark(#756500, #d8c65a);
  --s5: light-dark(#565d6a, #a3abba);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: var(--ink);
  background: var(--ground);
  -webkit-text-size-adjust: 100%;
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; }
main { max-width: 74rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 3rem) clamp(1rem, 3vw, 2rem) 4rem; }
h1 { margin: 0; font-size: clamp(1.75rem, 4vw, 2.5rem); line-height: 1.15; letter-spacing: -0.022em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.25rem; line-height: 1.3; letter-spacing: -0.01em; }
h3 { margin: 0 0 0.25rem; font-size: 0.9375rem; font-weight: 600; line-height: 1.35; }
p { margin: 0 0 0.75rem; max-width: 68ch; }
code, .mono { font: 0.875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
pre { margin: 0 0 0.75rem; padding: 0.75rem 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
.eyebrow { margin: 0 0 0.5rem; font-size: 0.8125rem; font-weight: 600; color: var(--accent); }
.lead { margin-top: 0.75rem; font-size: 1.0625rem; color: var(--soft); }
.soft, footer { color: var(--soft); }
.small, footer { font-size: 0.875rem; }
.bad { color: var(--bad); }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 1.25rem; font-size: 0.875rem; }
section { margin-top: 3rem; scroll-margin-top: 1rem; }
section > .intro { margin: -0.5rem 0 1rem; color: var(--soft); }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1px; margin: 2rem 0 0; overflow: hidden; background: var(--line); border: 1px solid var(--line); border-radius: 0.75rem; }
.facts div { display: grid; align-content: start; padding: 0.875rem 1.125rem 1rem; background: var(--card); }
.facts dt { order: 1; font-size: 0.8125rem; line-height: 1.4; color: var(--soft); }
.facts dd { margin: 0; font-size: 1.625rem; font-weight: 650; line-height: 1.25; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.facts dd.note { order: 2; font-size: 0.8125rem; font-weight: 400; line-height: 1.4; letter-spacing: 0; color: var(--soft); }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.25rem; }
.charts:has(> .scroll) { align-items: start; }
.charts + .scroll { margin-top: 1.25rem; }
figure { display: flex; flex-direction: column; min-width: 0; margin: 0; padding: 1rem 1.125rem 0.875rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; }
figure.wide { grid-column: 1 / -1; }
figcaption { margin-bottom: 0.5rem; }
figcaption p { margin: 0; font-size: 0.8125rem; color: var(--soft); }
.plot { margin-top: auto; overflow-x: auto; }
.plot svg { display: block; width: 100%; min-width: 24rem; height: auto; }
.wide .plot svg { min-width: 40rem; }
.matrix .plot svg { max-width: 66rem; margin: 0 auto; }
.legend { display: flex; flex-wrap: wrap; gap: 0.125rem 1rem; margin: 0.25rem 0 0; padding: 0; list-style: none; font-size: 0.8125rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.legend svg { width: 1.5rem; height: 0.75rem; flex: none; }
svg text { fill: var(--soft); font-size: 12.5px; font-variant-numeric: tabular-nums; }
svg .value { fill: var(--ink); }
svg .grid { stroke: var(--grid); stroke-width: 1; }
svg .axis { stroke: var(--line); stroke-width: 1; }
svg path.grid { fill: none; }
svg .wrong { fill: var(--bad); }
svg .cell { fill: var(--ink); font-size: 11px; }
svg .mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3; }
svg .mark-label { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .dot { stroke: var(--card); stroke-width: 1.5; }
svg .hit { fill: transparent; }
svg .bar:hover, svg g:hover > .bar { filter: brightness(1.15); }
${[0, 1, 2, 3, 4, 5].map((i) => `.l${i} { stroke: var(--s${i}); } .f${i} { fill: var(--s${i}); }`).join('\n')}
.l1 { stroke-dasharray: 7 3; } .l2 { stroke-dasharray: 2.5 3.5; } .l3 { stroke-dasharray: 9 3 2 3; } .l4 { stroke-dasharray: 4 4; }
.muted { fill: var(--s5); opacity: 0.35; }

.scroll { width: fit-content; min-width: min(100%, 24rem); max-width: 100%; overflow-x: auto; border: 1px solid var(--line); border-radius: 0.75rem; background: var(--card); }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
caption { padding: 0.75rem 1rem 0.25rem; text-align: start; font-weight: 600; }
th, td { padding: 0.4375rem 1rem; text-align: start; vertical-align: top; border-top: 1px solid var(--grid); }
thead th { border-top: 0; border-bottom: 1px solid var(--line); color: var(--soft); font-weight: 600; white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 500; }
tbody tr:first-child > * { border-top: 0; }
.num { text-align: end; white-space: nowrap; }

.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 0.75rem; margin: 0; padding: 0; list-style: none; }
.sheet li { display: grid; gap: 0.25rem; align-content: start; padding: 0.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; }
.sheet img { display: block; height: 2.5rem; width: auto; max-width: 100%; object-fit: contain; object-position: left; border-radius: 0.1875rem; }
.sheet span { font-size: 0.75rem; line-height: 1.3; color: var(--soft); overflow-wrap: anywhere; }
.sheet b { font-weight: 600; color: var(--ink); }

@media (max-width: 40rem) {
  th, td { padding-inline: 0.625rem; }
  thead th, thead .num { white-space: normal; }
}
@media print {
  :root { color-scheme: light; font-size: 12px; background: #fff; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { margin-top: 1.75rem; }
  .charts { grid-template-columns: 1fr 1fr; }
  .plot svg, .wide .plot svg { min-width: 0; }
  figure, .facts, .sheet li, tr { break-inside: avoid; }
  h2, h3, .intro { break-after: avoid; }
  .facts, figure, .scroll { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

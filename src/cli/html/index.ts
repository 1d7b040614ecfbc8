/** Reports as one HTML file: the page and its style, charts as inline SVG, pictures inside the page. No script, nothing loaded. */

export { type Axis, percent, shortNumber } from './axis.ts';
export { type BarChart, barChart, type LineChart, lineChart, type Mark, type Series } from './chart.ts';
export { escapeHtml, type Fragment, Html, html, raw } from './html.ts';
export { type Matrix, matrix } from './matrix.ts';
export { type Column, charts, type Fact, facts, type Page, page, type Section, table } from './page.ts';
export { picture, sheet } from './picture.ts';

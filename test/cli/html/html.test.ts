import { describe, expect, test } from 'vitest';
import {
  barChart,
  escapeHtml,
  html,
  lineChart,
  page,
  percent,
  picture,
  raw,
  shortNumber,
  table,
} from '../../../src/cli/html/index.ts';

describe('html', () => {
  test('escapes what stands in a template, in content and in attributes', () => {
    const label = `<b>"R&D"</b>'`;
    expect(html`<td title="${label}">${label}</td>`.text).toBe(
      '<td title="&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;&#39;">&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;&#39;</td>',
    );
  });

  test('joins arrays, keeps zero and what is HTML already, drops undefined, null and false', () => {
    expect(html`${[html`<i>a</i>`, 'b&']}${0}${undefined}${null}${false}${raw('<hr>')}`.text).toBe(
      '<i>a</i>b&amp;0<hr>',
    );
  });

  test('control characters, which no page may hold, are replaced', () => {
    expect(escapeHtml('a\u0000b\u0007\tc\n')).toBe('a\uFFFDb\uFFFD\tc\n');
  });
});

test('a page is whole, names its sections and loads nothing', () => {
  const text = page({
    kind: 'Data set',
    title: 'a <set>',
    facts: [{ value: '2,000', label: 'images' }],
    sections: ['One', 'Two', 'Three', 'Four'].map((title) => ({ title, body: html`<p>${title}</p>` })),
  });
  expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(text).toContain('<title>a &lt;set&gt; · Data set · Lexel</title>');
  expect(text.match(/href="#s\d"/g)).toHaveLength(4);
  expect(text).not.toMatch(/<script|<link|@import|url\(|src="http/);
});

describe('lineChart', () => {
  const chart = (points: [number, number][], scale?: 'log') =>
    lineChart({ title: 't', x: {}, y: { min: scale ? undefined : 0, scale }, series: [{ name: 's', points }] }).text;
  const path = (text: string) => /class="curve l0" d="([^"]*)"/.exec(text)?.[1];

  test('a value that is not finite breaks the curve', () => {
    const points: [number, number][] = [
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, 1],
      [4, 1],
    ];
    expect(path(chart(points))?.match(/M/g)).toHaveLength(2);
    expect(chart(points)).not.toContain('NaN');
  });

  test('a log axis leaves out what is not positive', () => {
    const text = chart(
      [
        [0, 0],
        [1, 10],
        [2, 1],
      ],
      'log',
    );
    expect(path(text)?.match(/[ML]/g)).toEqual(['M', 'L']);
    expect(text).not.toMatch(/NaN|Infinity/);
  });

  test('no points, one point and equal points draw without a number that is none', () => {
    for (const points of [
      [],
      [[1, 1]],
      [
        [1, 0],
        [2, 0],
      ],
    ] as [number, number][][])
      expect(chart(points)).not.toMatch(/NaN|Infinity/);
  });

  test('an axis of whole numbers has no ticks between them', () => {
    const points = [1, 2, 3, 4].map((x) => [x, x] as const);
    const ticks = (whole: boolean) => {
      const { text } = lineChart({ title: 't', x: { whole }, y: { min: 0 }, series: [{ name: 's', points }] });
      return [...text.matchAll(/text-anchor="middle">([^<]+)</g)].map((m) => m[1]);
    };
    expect(ticks(true)).toEqual(['1', '2', '3', '4']);
    expect(ticks(false)).toContain('1.5');
  });

  test('the largest value stands at the top of its axis', () => {
    const text = chart([
      [0, 0],
      [10, 10],
    ]);
    // From the bottom at 230 to the top at 26.
    expect(path(text)).toMatch(/^M\S+ 230L\S+ 26$/);
  });
});

describe('barChart', () => {
  test('bars are as high as their values, tooltips say them', () => {
    const text = barChart({
      title: 't',
      categories: ['a', 'b<'],
      series: [{ name: 's', values: [0.5, 1] }],
      y: { format: (v) => percent(v, 0) },
    }).text;
    const heights = [...text.matchAll(/class="bar f0"[^>]* height="([\d.]+)"/g)].map((m) => Number(m[1]));
    expect(heights).toEqual([102, 204]);
    expect(text).toContain('<title>b&lt;: 100 %</title>');
  });

  test('draws without any category', () => {
    expect(barChart({ title: 't', categories: [], series: [], y: {} }).text).not.toMatch(/NaN|Infinity/);
  });
});

test('numbers are short', () => {
  expect([0, 12345, 3.456, 0.00213, 1.23e-7, 2e12].map(shortNumber)).toEqual([
    '0',
    '12,345',
    '3.46',
    '0.00213',
    '1.2e-7',
    '2e12',
  ]);
});

test('a table marks its numeric columns; a picture carries its pixels', () => {
  expect(table([{ title: 'a' }, { title: 'b', numeric: true }], [['x', '1']]).text).toContain(
    '<th scope="row">x</th><td class="num">1</td>',
  );
  const image = { width: 2, height: 1, grey: Uint8Array.of(0, 255) };
  expect(picture(image, '"').text).toMatch(
    /^<img src="data:image\/png;base64,iVBOR[^"]+" width="2" height="1" alt="&quot;">$/,
  );
});

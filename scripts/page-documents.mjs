// The documents of scripts/page-set.mjs: what they say, look like, and how each is worn. All words are of this project.

/** Families that no line model is trained on; the DejaVu families are the system's. */
export const FONTS = [
  ...['asap-condensed', 'karla', 'lora', 'marcellus', 'source-sans-pro', 'source-serif-pro', 'titillium-web'],
  'ubuntu-mono',
];

const LETTER = [
  'Dear Ms. Okafor, thank you for your letter of 14 June. We have looked into the matter of the missing crates and can now tell you what became of them.',
  'Crates 7 to 11 were put ashore at Port Ellery by mistake; they stand in shed B, dry and unopened. The sixth (marked "glass") was never loaded at all.',
  'We shall send them on with the next boat, on the 23rd, at no cost to you. Should anything be broken, please write to claims@elleryfreight.example within 30 days.',
];
const BOOK = [
  'When the last lamp went out, Mara counted to sixty and lifted the latch. The yard was white with frost; her boots left prints that anyone could follow, so she walked backwards as far as the wall.',
  '"You are late," said a voice. It came from above, where the old pear tree leaned on the bricks. "I was told nine. It is a quarter past." A match flared & died.',
  'She had prepared three answers to that, and now could not remember one. What did it matter? By morning they would be forty miles away, or else in separate cells.',
  'Years afterwards, asked what she had felt, she would say: cold. Nothing but the cold, and under it, like a coin at the bottom of a well, something that shone.',
];

const row = ([a, b]) => `<div data-row><span>${a}</span><span>${b}</span></div>`;
const p = (text) => `<p>${text}</p>`;
const WORN = ['clean', 'noise', 'blur', 'grey', 'skew+1', 'skew-2', 'scan'];

export const DOCUMENTS = {
  novel: {
    kind: 'book',
    width: 520,
    scale: 2,
    css: 'body { font: 15px/1.5 source-serif-pro; padding: 34px 40px } p { margin: 0; text-align: justify; text-indent: 1.4em } h1 { font: 22px marcellus; margin: 0 0 16px; text-align: center }',
    html: `<h1>Nine O'Clock</h1>${BOOK.map(p).join('')}`,
    effects: WORN,
  },
  letter: {
    kind: 'book',
    width: 620,
    scale: 1.5,
    css: "body { font: 16px/1.45 'DejaVu Serif'; padding: 40px 48px } p { margin: 0 0 12px }",
    html: LETTER.map(p).join(''),
    effects: ['clean', 'grey', 'skew+1', 'scan'],
  },
  columns: {
    kind: 'book',
    width: 760,
    scale: 1.5,
    css: 'body { font: 15px/1.35 lora; padding: 26px 34px } div { columns: 2; column-gap: 34px } p { margin: 0 0 8px }',
    html: `<div>${[...BOOK, ...LETTER].map(p).join('')}</div>`,
    effects: ['clean', 'skew-2', 'scan'],
  },
  till: {
    kind: 'receipt',
    width: 330,
    scale: 1.5,
    css: 'body { font: 15px/1.35 ubuntu-mono; padding: 20px 22px } p { margin: 0; text-align: center } div { display: flex; justify-content: space-between }',
    html: `${p('MILL STREET GROCERS')}${p('VAT 348 2207 19')}${p('04.11.2025 17:42 Till 3')}${[
      ['Oat milk 1L', '1.95'],
      ['Bananas 0.842 kg', '1.43'],
      ['2 x Rye bread @2.80', '5.60'],
      ['Discount -10%', '-0.56'],
      ['TOTAL EUR', '8.42'],
      ['Card ****4417', '8.42'],
    ]
      .map(row)
      .join('')}${p('Items: 4 - Thank you!')}`,
    effects: ['clean', 'noise', 'grey', 'scan'],
  },
  invoice: {
    kind: 'receipt',
    width: 560,
    scale: 1.5,
    css: 'body { font: 14px/1.5 source-sans-pro; padding: 30px } p { margin: 0 } div { display: flex; justify-content: space-between }',
    html: `${p('Invoice #2025-0417')}${p('Date: 9 May 2025')}${[
      ['Repair of pump (model KX-90)', '$214.50'],
      ['Travel, 62 km', '$37.20'],
      ['Parts: seal, 2 bolts M8x40', '$11.08'],
      ['Amount due by 8 June 2025', '$262.78'],
    ]
      .map(row)
      .join('')}${p('IBAN GB29 NWBK 6016 1331 9268 19')}`,
    effects: ['clean', 'skew+1', 'scan'],
  },
  labels: {
    kind: 'label',
    width: 480,
    css: 'body { padding: 18px 24px } p { margin: 0 0 14px }',
    html: [
      '<p style="font: 700 30px karla">FRAGILE: Handle With Care</p>',
      '<p style="font: 24px asap-condensed">Net weight 750 g (26.5 oz)</p>',
      '<p style="font: 700 26px titillium-web">Best before: 03/2027</p>',
      '<p style="font: 20px \'DejaVu Sans\'">Lot No. A7-5521/K</p>',
      '<p style="font: 28px marcellus">Fine Herbal Tea, 20 bags</p>',
      '<p style="font: 22px \'DejaVu Sans Mono\'">SN: 0047-QX91-B3</p>',
    ].join(''),
    effects: ['clean', 'noise', 'blur', 'jpeg'],
  },
  settings: {
    kind: 'screen',
    width: 520,
    css: "body { font: 13px/1.5 'DejaVu Sans'; padding: 16px 20px } p { margin: 0 0 4px } h1 { font: 700 17px 'DejaVu Sans'; margin: 0 0 8px }",
    html: `<h1>Privacy & security</h1>${[
      'Clear browsing data when you close the window',
      'Send a "Do Not Track" request with each visit',
      'Passwords: 14 saved, 2 of them weak',
      'Last backup: today at 08:15 (3.2 GB)',
      'Learn more about cookies...',
    ]
      .map(p)
      .join('')}`,
    effects: ['clean', 'jpeg'],
  },
  chat: {
    kind: 'screen',
    width: 480,
    css: 'body { font: 14px/1.45 source-sans-pro; padding: 14px 18px; background: #15202b; color: #e7e9ea } p { margin: 0 0 6px }',
    html: [
      'Did the build pass? It says 3 of 214 failed.',
      "Yes - I re-ran them and they're green now.",
      'OK, merging #1290. Can you tag v2.4.1?',
      "Done! Release notes are in the wiki: what's new, what broke.",
    ]
      .map(p)
      .join(''),
    effects: ['clean', 'jpeg'],
  },
  code: {
    kind: 'screen',
    width: 560,
    css: "body { font: 14px/1.45 'DejaVu Sans Mono'; padding: 14px 18px; background: #1e1e1e; color: #d4d4d4 } p { margin: 0; white-space: pre }",
    html: [
      'def mean(values: list[float]) -&gt; float:',
      '    """Arithmetic mean; 0.0 of nothing."""',
      '    if not values:',
      '        return 0.0',
      '    return sum(values) / len(values)',
      "print(f'{mean([1, 2, 4]):.3f}')  # 2.333",
    ]
      .map(p)
      .join(''),
    effects: ['clean', 'jpeg'],
  },
};

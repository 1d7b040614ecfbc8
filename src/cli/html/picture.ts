import type { GreyImage } from '../../ocr/image/index.ts';
import { greyPng } from '../png.ts';
import { type Fragment, type Html, html } from './html.ts';

/** A grey picture inside the page itself. @param alt what it shows */
export function picture(image: GreyImage, alt: string): Html {
  const data = Buffer.from(greyPng(image)).toString('base64');
  return html`<img src="data:image/png;base64,${data}" width="${image.width}" height="${image.height}" alt="${alt}">`;
}

/** Pictures of words with a line of text below each. */
export function sheet(items: readonly { image: GreyImage; alt: string; caption: Fragment }[]): Html {
  return html`<ul class="sheet">${items.map(
    (i) => html`<li>${picture(i.image, i.alt)}<span>${i.caption}</span></li>
`,
  )}</ul>`;
}

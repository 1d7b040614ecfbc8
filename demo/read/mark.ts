import type { Region } from '../src/index.ts';
import { element } from './page.ts';

const picture = element('picture', HTMLCanvasElement);
const mark = element('mark', HTMLElement);

/** A shorter drag is a click. */
const LEAST_PX = 8;

/** Lets one mark a part of the picture by dragging; `take` gets it in pixels of the canvas. */
export function onMark(take: (part: Region) => void): void {
  let from: { x: number; y: number } | undefined;

  const boxTo = (event: PointerEvent, start: { x: number; y: number }): DOMRect => {
    const { width, height } = picture.getBoundingClientRect();
    const x = Math.max(0, Math.min(width, event.offsetX));
    const y = Math.max(0, Math.min(height, event.offsetY));
    return new DOMRect(Math.min(x, start.x), Math.min(y, start.y), Math.abs(x - start.x), Math.abs(y - start.y));
  };
  const end = (): void => {
    from = undefined;
    mark.hidden = true;
  };

  picture.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    from = { x: event.offsetX, y: event.offsetY };
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener('pointermove', (event) => {
    if (!from) return;
    const box = boxTo(event, from);
    mark.hidden = false;
    mark.style.left = `${box.x}px`;
    mark.style.top = `${box.y}px`;
    mark.style.width = `${box.width}px`;
    mark.style.height = `${box.height}px`;
  });
  picture.addEventListener('pointerup', (event) => {
    if (!from) return;
    const box = boxTo(event, from);
    const scale = picture.width / picture.getBoundingClientRect().width;
    end();
    if (box.width < LEAST_PX || box.height < LEAST_PX) return;
    take({ x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale });
  });
  picture.addEventListener('pointercancel', end);
}

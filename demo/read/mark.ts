import type { Region } from '../../src/index.ts';
import { element } from '../page.ts';

const picture = element('picture', HTMLCanvasElement);
const mark = element('mark', HTMLElement);

/** A shorter drag is a click. */
const LEAST_PX = 8;
/** What an arrow key moves or stretches, as a share of the picture. */
const KEY_STEP = 0.04;

/** A part of the picture, in shares of its width and height. */
interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function show({ x, y, width, height }: Part): void {
  const box = picture.getBoundingClientRect();
  mark.hidden = false;
  mark.style.left = `${x * box.width}px`;
  mark.style.top = `${y * box.height}px`;
  mark.style.width = `${width * box.width}px`;
  mark.style.height = `${height * box.height}px`;
}

/** Lets one mark a part of the picture, by dragging or with the arrow keys; `take` gets it in pixels of the canvas. */
export function onMark(take: (part: Region) => void): void {
  const give = ({ x, y, width, height }: Part): void => {
    mark.hidden = true;
    take({
      x: x * picture.width,
      y: y * picture.height,
      width: width * picture.width,
      height: height * picture.height,
    });
  };
  byPointer(give);
  byKeys(give);
}

function byPointer(give: (part: Part) => void): void {
  let from: { x: number; y: number } | undefined;
  const partTo = (event: PointerEvent, start: { x: number; y: number }): Part => {
    const box = picture.getBoundingClientRect();
    const x = Math.max(0, Math.min(1, event.offsetX / box.width));
    const y = Math.max(0, Math.min(1, event.offsetY / box.height));
    return {
      x: Math.min(x, start.x),
      y: Math.min(y, start.y),
      width: Math.abs(x - start.x),
      height: Math.abs(y - start.y),
    };
  };
  picture.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const box = picture.getBoundingClientRect();
    from = { x: event.offsetX / box.width, y: event.offsetY / box.height };
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener('pointermove', (event) => {
    if (from) show(partTo(event, from));
  });
  picture.addEventListener('pointerup', (event) => {
    if (!from) return;
    const part = partTo(event, from);
    from = undefined;
    mark.hidden = true;
    const box = picture.getBoundingClientRect();
    if (part.width * box.width >= LEAST_PX && part.height * box.height >= LEAST_PX) give(part);
  });
  picture.addEventListener('pointercancel', () => {
    from = undefined;
    mark.hidden = true;
  });
}

/** Enter begins, arrows move, with Shift they stretch, Enter reads, Escape leaves. */
function byKeys(give: (part: Part) => void): void {
  let part: Part | undefined;
  picture.addEventListener('keydown', (event) => {
    const { key, shiftKey } = event;
    if (key === 'Enter') {
      if (part) {
        give(part);
        part = undefined;
      } else {
        part = { x: 0.2, y: 0.3, width: 0.6, height: 0.4 };
        show(part);
      }
      event.preventDefault();
      return;
    }
    if (!part) return;
    if (key === 'Escape') {
      part = undefined;
      mark.hidden = true;
      event.stopPropagation();
      return;
    }
    const dx = Number(key === 'ArrowRight') - Number(key === 'ArrowLeft');
    const dy = Number(key === 'ArrowDown') - Number(key === 'ArrowUp');
    if (dx === 0 && dy === 0) return;
    event.preventDefault();
    part = shiftKey ? stretched(part, dx, dy) : moved(part, dx, dy);
    show(part);
  });
  picture.addEventListener('blur', () => {
    part = undefined;
    mark.hidden = true;
  });
}

function moved(p: Part, dx: number, dy: number): Part {
  return {
    ...p,
    x: Math.max(0, Math.min(1 - p.width, p.x + dx * KEY_STEP)),
    y: Math.max(0, Math.min(1 - p.height, p.y + dy * KEY_STEP)),
  };
}

function stretched(p: Part, dx: number, dy: number): Part {
  return {
    ...p,
    width: Math.max(KEY_STEP, Math.min(1 - p.x, p.width + dx * KEY_STEP)),
    height: Math.max(KEY_STEP, Math.min(1 - p.y, p.height + dy * KEY_STEP)),
  };
}

import { element } from '../page.ts';

const paper = element('paper', HTMLCanvasElement);
const undo = element('undo', HTMLButtonElement);
const wipe = element('wipe', HTMLButtonElement);

/** Width of a stroke, in pixels of the canvas. */
const INK = 14;
/** A word is read when the pen has rested so long. */
const REST_MS = 350;
/** Paper left around what was drawn, in pixels. */
const MARGIN = 24;

type Stroke = [x: number, y: number][];

/** Lets one draw a word with mouse, finger or pen; `take` gets the drawn part after each stroke, undefined when the paper is empty. */
export function onDraw(take: (drawn: OffscreenCanvas | undefined) => void): void {
  const context = paper.getContext('2d');
  if (!context) return;
  const strokes: Stroke[] = [];
  let pen: Stroke | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;

  const paint = (): void => {
    context.fillStyle = 'white';
    context.fillRect(0, 0, paper.width, paper.height);
    context.strokeStyle = 'black';
    context.lineWidth = INK;
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => {
        if (i === 0) context.moveTo(x, y);
        // A dot is a stroke too.
        context.lineTo(x + (stroke.length === 1 ? 0.1 : 0), y);
      });
      context.stroke();
    }
    undo.disabled = wipe.disabled = strokes.length === 0;
  };
  const changed = (): void => {
    paint();
    clearTimeout(rest);
    rest = setTimeout(() => take(drawnPart(strokes)), REST_MS);
  };
  const at = ({ clientX, clientY }: PointerEvent): [number, number] => {
    const box = paper.getBoundingClientRect();
    return [((clientX - box.left) * paper.width) / box.width, ((clientY - box.top) * paper.height) / box.height];
  };

  paper.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    paper.setPointerCapture(event.pointerId);
    clearTimeout(rest);
    pen = [at(event)];
    strokes.push(pen);
    paint();
  });
  paper.addEventListener('pointermove', (event) => {
    if (!pen) return;
    for (const e of event.getCoalescedEvents?.() ?? [event]) pen.push(at(e));
    paint();
  });
  for (const end of ['pointerup', 'pointercancel'] as const)
    paper.addEventListener(end, () => {
      if (!pen) return;
      pen = undefined;
      changed();
    });
  undo.addEventListener('click', () => {
    strokes.pop();
    changed();
  });
  wipe.addEventListener('click', () => {
    strokes.length = 0;
    changed();
  });
  paint();
}

/** The word alone: the network reads crops. */
function drawnPart(strokes: readonly Stroke[]): OffscreenCanvas | undefined {
  const points = strokes.flat();
  if (points.length === 0) return undefined;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.max(0, Math.min(...xs) - MARGIN);
  const top = Math.max(0, Math.min(...ys) - MARGIN);
  const width = Math.min(paper.width, Math.max(...xs) + MARGIN) - left;
  const height = Math.min(paper.height, Math.max(...ys) + MARGIN) - top;
  const part = new OffscreenCanvas(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
  part.getContext('2d')?.drawImage(paper, left, top, width, height, 0, 0, part.width, part.height);
  return part;
}

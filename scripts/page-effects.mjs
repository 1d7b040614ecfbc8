// What printing and scanning do to a page. Each effect takes a drawn page and gives `{ page, toPage }`: the worn page, and where a point of the
// drawn one lies on it. Noise comes from a seed: the same page every time.
import jpeg from 'jpeg-js';

/** Mulberry32. */
function randomOf(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const clamp = (v) => Math.max(0, Math.min(255, Math.round(v)));
const still = (x, y) => [x, y];

/** Turned clockwise about its middle; its corners show paper. */
function turned({ width, height, grey }, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [width / 2, height / 2];
  const paper = grey[2 * width + 2];
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? paper : grey[y * width + x]);
  const out = new Uint8Array(grey.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const u = cos * (x - cx) + sin * (y - cy) + cx;
      const v = -sin * (x - cx) + cos * (y - cy) + cy;
      const [i, j] = [Math.floor(u), Math.floor(v)];
      const [a, b] = [u - i, v - j];
      const top = at(i, j) * (1 - a) + at(i + 1, j) * a;
      const bottom = at(i, j + 1) * (1 - a) + at(i + 1, j + 1) * a;
      out[y * width + x] = clamp(top * (1 - b) + bottom * b);
    }
  return {
    page: { width, height, grey: out },
    toPage: (x, y) => [cos * (x - cx) - sin * (y - cy) + cx, sin * (x - cx) + cos * (y - cy) + cy],
  };
}

/** Weighted mean of a pixel and its neighbours, as often as told: each time a blur of variance 0.5. */
function blurred({ width, height, grey }, times) {
  let from = grey;
  for (let k = 0; k < times; k++) {
    const across = new Float32Array(from.length);
    const out = new Uint8Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const x = i % width;
      across[i] = (from[x > 0 ? i - 1 : i] + 2 * from[i] + from[x < width - 1 ? i + 1 : i]) / 4;
    }
    for (let i = 0; i < from.length; i++)
      out[i] = clamp(
        (across[i >= width ? i - width : i] + 2 * across[i] + across[i + width < from.length ? i + width : i]) / 4,
      );
    from = out;
  }
  return { width, height, grey: from };
}

/** Normal noise of a deviation in greys. */
function noisy({ width, height, grey }, deviation, seed) {
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return { width, height, grey: Uint8Array.from(grey, (v) => clamp(v + deviation * normal())) };
}

/** Grey paper and faded ink under a light that falls from one side. */
function greyed({ width, height, grey }, paper, ink, falloff) {
  return {
    width,
    height,
    grey: Uint8Array.from(grey, (v, i) => clamp(ink + ((paper - ink) * v) / 255 - (falloff * (i % width)) / width)),
  };
}

function jpegged({ width, height, grey }, quality) {
  const data = Buffer.alloc(4 * grey.length, 255);
  grey.forEach((v, i) => {
    data.fill(v, 4 * i, 4 * i + 3);
  });
  const back = jpeg.decode(jpeg.encode({ width, height, data }, quality).data, { useTArray: true });
  return { width, height, grey: Uint8Array.from(grey, (_, i) => back.data[4 * i]) };
}

const flat = (page) => ({ page, toPage: still });

export const EFFECTS = {
  clean: flat,
  jpeg: (page) => flat(jpegged(page, 35)),
  noise: (page) => flat(noisy(blurred(page, 1), 14, 1)),
  blur: (page) => flat(blurred(page, 4)),
  grey: (page) => flat(noisy(greyed(page, 190, 70, 50), 5, 2)),
  'skew+1': (page) => turned(page, 1),
  'skew-2': (page) => turned(page, -2),
  scan: (drawn) => {
    const { page, toPage } = turned(drawn, 0.7);
    return { page: jpegged(noisy(greyed(blurred(page, 1), 225, 45, 20), 6, 3), 60), toPage };
  },
};

// Dawn and the Vulkan loader write to stderr from native code, past any JS: a warning about limits with every adapter,
// and a C++ stack where no driver loads. What matters of it has been said by adapter.mjs; the rest reads like a crash.

/** A native warning, and the C++ frames and empty line that may follow it. */
const WARNING = /^Warning: (max\w+ artificially reduced|loader_|vkCreateInstance|vkEnumerate|Couldn't load Vulkan)/;
const FRAME = /^\s+at \w+.* \(\/.*\.cpp:\d+\)$|^$/;

/** A line that may still turn out to be one of these. */
function undecided(text, after) {
  return 'Warning: '.startsWith(text.slice(0, 9)) || (after && /^(\s|$)/.test(text));
}

/**
 * A filter for a stream of text: everything passes at once, progress lines without an end too, but native noise.
 * @param write takes what passes
 * @returns `push(text)` and `end()`
 */
export function nativeNoise(write) {
  let held = '';
  let startOfLine = true;
  let after = false;
  /** A whole line, or what is left of one at the end. */
  const line = (text) => {
    const bare = text.replace(/\r?\n$/, '');
    if (WARNING.test(bare)) after = true;
    else if (!(after && FRAME.test(bare))) {
      after = false;
      write(text);
    }
  };
  return {
    push(text) {
      let rest = held + text;
      held = '';
      while (rest !== '') {
        const end = rest.indexOf('\n') + 1;
        if (startOfLine && end === 0 && undecided(rest, after)) {
          held = rest;
          return;
        }
        const piece = end === 0 ? rest : rest.slice(0, end);
        if (startOfLine && end > 0) line(piece);
        else {
          after = false;
          write(piece);
        }
        startOfLine = end > 0;
        rest = rest.slice(piece.length);
      }
    },
    end() {
      if (held !== '') line(held);
      held = '';
    },
  };
}

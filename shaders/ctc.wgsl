// ctc: connectionist temporal classification loss of one batch and its gradient with respect to the logits, in one launch.
// maths: loss = -log sum over alignments of prod_t softmax(x_t)[k_t]; d(loss)/dx_tk = softmax(x_t)[k] - sum_{s: label s = k} posterior_t(s)
// shapes: logits, dlogits [T, N, C]; targets [N, S]; inputLengths, targetLengths, loss, impossible [N]; work [N, stride]
// invocation: one workgroup an item; half of it runs alpha forward in time, half beta backward; then eight lanes a frame make the gradient
// numerics: x - max x_t instead of log_softmax in the recursions; rows shifted by their maximum every 16 frames, so values stay small;
//   posteriors are normalised frame by frame; sums in fixed trees; LOG_ZERO stands for log 0; impossible items lose IMPOSSIBLE, gradient 0
// source: Graves et al. 2006, https://www.cs.toronto.edu/~graves/icml_2006.pdf
// uses: lib/grid
// uses: lib/nan
override WG: u32 = 64;
// States that a row in workgroup memory holds; 0 keeps the rows in `work`, for targets of any length.
const ROW = 32u;
const LANES = 8u;
const LOG_ZERO: f32 = -1e30;
const LOG_FLOOR: f32 = -1e29;
const LOWEST: f32 = -3.4e38;
const IMPOSSIBLE: f32 = 1e30;
struct Params { T: u32, N: u32, C: u32, S: u32, blank: u32, zeroInfinity: u32, gradient: u32, stride: u32 }
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> inputLengths: array<i32>;
@group(0) @binding(3) var<storage, read> targetLengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> impossible: array<i32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(7) var<storage, read_write> work: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Two rows a direction, each with two cells of LOG_ZERO before it: state u reads u, u - 1 and u - 2 without a test.
var<workgroup> rows: array<f32, 4u * ROW + 8u>;
var<workgroup> partial: array<f32, WG>;
var<workgroup> partial2: array<f32, WG>;
var<workgroup> dead: u32;
var<private> rowsAt: u32;

fn row_get(i: u32) -> f32 {
  if (ROW > 0u) {
    return rows[i];
  }
  return work[rowsAt + i];
}

fn row_set(i: u32, v: f32) {
  if (ROW > 0u) {
    rows[i] = v;
  } else {
    work[rowsAt + i] = v;
  }
}

fn exp_down(d: f32) -> f32 {
  return select(exp(d), 0.0, d < -87.0);
}

fn log_sum3(a: f32, b: f32, c: f32) -> f32 {
  let m = max(a, max(b, c));
  let s = exp_down(a - m) + exp_down(b - m) + exp_down(c - m);
  return select(m + log(s), LOG_ZERO, m <= LOG_FLOOR);
}

fn max8(at: u32) -> f32 {
  return max(max(max(partial[at], partial[at + 1u]), max(partial[at + 2u], partial[at + 3u])),
             max(max(partial[at + 4u], partial[at + 5u]), max(partial[at + 6u], partial[at + 7u])));
}

fn class_of(n: u32, j: u32) -> u32 {
  return min(u32(max(targets[n * params.S + j], 0)), params.C - 1u);
}

// Class of extended state s: blanks at even places, labels between them.
fn class_at(n: u32, s: u32) -> u32 {
  if ((s & 1u) == 0u) {
    return params.blank;
  }
  return class_of(n, s >> 1u);
}

// Whether state u (counted from the end for beta) may be entered from two before it.
fn may_skip(n: u32, u: u32, s: u32, backward: bool) -> bool {
  if ((u & 1u) == 0u || u < 2u) {
    return false;
  }
  let j = s >> 1u;
  return class_of(n, j) != class_of(n, select(j - 1u, j + 1u, backward));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let n = linear_group(wid, nwg);
  if (n >= params.N) {
    return;
  }
  let T = params.T;
  let C = params.C;
  let frames = u32(clamp(inputLengths[n], 0, i32(T)));
  let length = u32(clamp(targetLengths[n], 0, i32(params.S)));
  let states = 2u * length + 1u;
  let width = 2u * params.S + 1u;
  let grad = params.gradient == 1u;
  // work of an item: max [T], log sum [T], chain [S], alpha [T, width], beta [T, width], rows.
  let maxAt = n * params.stride;
  let sumAt = maxAt + T;
  let chainAt = sumAt + T;
  let alphaAt = chainAt + params.S;
  let betaAt = alphaAt + T * width;
  rowsAt = betaAt + T * width;
  let rowSize = select(width, ROW, ROW > 0u) + 2u;

  let lane = li & (LANES - 1u);
  let slot = li / LANES;
  let first = li - lane;

  // The softmax of every frame: eight lanes a frame.
  for (var t0 = 0u; t0 < select(frames, T, grad); t0 += WG / LANES) {
    let t = t0 + slot;
    let live = t < frames;
    let at = (t * params.N + n) * C;
    var m = LOWEST;
    if (live) {
      for (var c = lane; c < C; c += LANES) {
        m = max(m, logits[at + c]);
      }
    }
    partial[li] = m;
    workgroupBarrier();
    m = max8(first);
    var sum = 0.0;
    if (live) {
      for (var c = lane; c < C; c += LANES) {
        sum += exp_down(logits[at + c] - m);
      }
    }
    partial2[li] = sum;
    workgroupBarrier();
    let total = sum8(first);
    if (live && lane == 0u) {
      work[maxAt + t] = m;
      work[sumAt + t] = log(total);
    }
    if (grad && t < T) {
      let inverse = 1.0 / total;
      for (var c = lane; c < C; c += LANES) {
        dlogits[at + c] = select(0.0, exp_down(logits[at + c] - m) * inverse, live);
      }
    }
  }

  // Labels that occur again: the first of them owns the class, so that no two lanes add to one element.
  // chain = next place of the same label (0: none); -next - 1 where it is not the first.
  if (grad) {
    for (var j = li; j < length; j += WG) {
      let c = class_of(n, j);
      var next = 0u;
      for (var i = length - 1u; i > j; i--) {
        next = select(next, i, class_of(n, i) == c);
      }
      var repeated = false;
      for (var i = 0u; i < j; i++) {
        repeated = repeated || class_of(n, i) == c;
      }
      work[chainAt + j] = select(f32(next), -f32(next) - 1.0, repeated);
    }
  }
  if (li < 8u) {
    row_set((li >> 1u) * rowSize + (li & 1u), LOG_ZERO);
  }
  workgroupBarrier();
  storageBarrier();

  // Alpha and beta at once. Beta counts its states from the end, which makes both the same recursion.
  let half = WG / 2u;
  let backward = li >= half;
  let dir = select(0u, 1u, backward);
  let u0 = li - dir * half;
  let engaged = grad || !backward;
  let s0 = select(u0, states - 1u - min(u0, states - 1u), backward);
  var class0 = 0u;
  var skip0 = false;
  if (u0 < states) {
    class0 = class_at(n, s0);
    skip0 = may_skip(n, u0, s0, backward);
  }
  for (var step = 0u; step < frames; step++) {
    let current = (2u * dir + (step & 1u)) * rowSize + 2u;
    let before = (2u * dir + ((step + 1u) & 1u)) * rowSize + 2u;
    let t = select(step, frames - 1u - step, backward);
    let at = (t * params.N + n) * C;
    let keep = select(alphaAt, betaAt, backward) + t * width;
    if (engaged) {
      let m = work[maxAt + t];
      for (var u = u0; u < states; u += half) {
        let s = select(u, states - 1u - u, backward);
        var k = class0;
        var skip = skip0;
        if (u != u0) {
          k = class_at(n, s);
          skip = may_skip(n, u, s, backward);
        }
        var value = select(LOG_ZERO, 0.0, u < 2u);
        if (step > 0u) {
          value = log_sum3(row_get(before + u), row_get(before + u - 1u), select(LOG_ZERO, row_get(before + u - 2u), skip));
        }
        let emitted = max(value + (logits[at + k] - m), LOG_ZERO);
        row_set(current + u, emitted);
        if (grad) {
          work[keep + s] = select(emitted, value, backward);
        }
      }
    }
    workgroupBarrier();
    if (ROW == 0u) {
      storageBarrier();
    }
    if ((step & 15u) == 15u) {
      var best = LOWEST;
      if (engaged) {
        for (var u = u0; u < states; u += half) {
          best = max(best, row_get(current + u));
        }
      }
      partial[li] = best;
      workgroupBarrier();
      for (var w = half / 2u; w > 0u; w = w / 2u) {
        if (u0 < w) {
          partial[li] = max(partial[li], partial[li + w]);
        }
        workgroupBarrier();
      }
      let shift = partial[dir * half];
      if (engaged && shift > LOG_FLOOR) {
        for (var u = u0; u < states; u += half) {
          row_set(current + u, row_get(current + u) - shift);
        }
        if (li == 0u) {
          work[sumAt + t] = work[sumAt + t] - shift;
        }
      }
      workgroupBarrier();
      storageBarrier();
    }
  }

  var sum = 0.0;
  for (var t = li; t < frames; t += WG) {
    sum += work[sumAt + t];
  }
  partial[li] = sum;
  workgroupBarrier();
  for (var w = WG / 2u; w > 0u; w = w / 2u) {
    if (li < w) {
      partial[li] = partial[li] + partial[li + w];
    }
    workgroupBarrier();
  }
  if (li == 0u) {
    var last = select(LOG_ZERO, 0.0, length == 0u);
    if (frames > 0u) {
      let end = ((frames - 1u) & 1u) * rowSize + 2u + states - 1u;
      last = log_sum3(row_get(end), select(LOG_ZERO, row_get(end - 1u), length > 0u), LOG_ZERO);
    }
    // Logits that are no numbers give a loss that is none, not an impossible label.
    let none = (last <= LOG_FLOOR) & !is_nan(partial[0]);
    dead = select(0u, 1u, none);
    impossible[n] = select(0, 1, none);
    loss[n] = select(partial[0] - last, select(IMPOSSIBLE, 0.0, params.zeroInfinity == 1u), none);
  }
  let stop = workgroupUniformLoad(&dead);
  if (!grad) {
    return;
  }
  storageBarrier();

  for (var t0 = 0u; t0 < frames; t0 += WG / LANES) {
    let t = t0 + slot;
    let live = t < frames;
    let at = (t * params.N + n) * C;
    if (stop == 1u) {
      if (live) {
        for (var c = lane; c < C; c += LANES) {
          dlogits[at + c] = 0.0;
        }
      }
      continue;
    }
    let a = alphaAt + t * width;
    let b = betaAt + t * width;
    var m = LOWEST;
    if (live) {
      for (var s = lane; s < states; s += LANES) {
        m = max(m, work[a + s] + work[b + s]);
      }
    }
    partial[li] = m;
    workgroupBarrier();
    m = max8(first);
    var z = 0.0;
    if (live) {
      for (var s = lane; s < states; s += LANES) {
        z += exp_down(work[a + s] + work[b + s] - m);
      }
    }
    partial2[li] = z;
    workgroupBarrier();
    if (live) {
      let inverse = 1.0 / sum8(first);
      if (lane == 0u) {
        // Even lanes hold even states: the blanks.
        let blanks = (partial2[first] + partial2[first + 2u]) + (partial2[first + 4u] + partial2[first + 6u]);
        dlogits[at + params.blank] = dlogits[at + params.blank] - blanks * inverse;
      }
      for (var j = lane; j < length; j += LANES) {
        let mark = work[chainAt + j];
        if (mark >= 0.0) {
          var p = exp_down(work[a + 2u * j + 1u] + work[b + 2u * j + 1u] - m);
          var next = u32(mark);
          while (next > 0u) {
            p += exp_down(work[a + 2u * next + 1u] + work[b + 2u * next + 1u] - m);
            next = u32(-work[chainAt + next] - 1.0);
          }
          let i = at + class_of(n, j);
          dlogits[i] = dlogits[i] - p * inverse;
        }
      }
    }
  }
}

fn sum8(at: u32) -> f32 {
  return ((partial2[at] + partial2[at + 1u]) + (partial2[at + 2u] + partial2[at + 3u])) +
         ((partial2[at + 4u] + partial2[at + 5u]) + (partial2[at + 6u] + partial2[at + 7u]));
}

import type { Tensor } from '../../autograd/index.ts';

/**
 * Evaluates the small formulas of the autograd suite (`y = a*detach(a)`, `h = tanh(a@b); y = a[0:3]*a[1:4] (rows)`) through public ops.
 * Grammar: assignments split by `;` or newlines, + - * / @ ** with the usual precedence, calls, methods, slices, numbers, keyword arguments.
 */
export type Value = Tensor | number | boolean | readonly Value[];
export type Call = (args: readonly Value[], named: Readonly<Record<string, Value>>) => Value;

export interface FormulaOps {
  readonly functions: Readonly<Record<string, Call>>;
  readonly binary: (op: string, a: Value, b: Value) => Value;
  /** One part an index: a position, or a range. */
  readonly index: (x: Value, parts: readonly (number | Range)[]) => Value;
}

export interface Range {
  readonly start?: number;
  readonly end?: number;
  readonly step?: number;
}

export class FormulaError extends Error {
  override readonly name = 'FormulaError';
}

function tokens(text: string): string[] {
  const found = text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[A-Za-z_]\w*|\*\*|[-+*/@()[\],:.=]/gi) ?? [];
  if (found.join('') !== text.replace(/\s+/g, '')) throw new FormulaError(`formula: cannot read "${text}"`);
  return found;
}

class Parser {
  private at = 0;
  constructor(
    private readonly list: readonly string[],
    private readonly names: ReadonlyMap<string, Value>,
    private readonly ops: FormulaOps,
  ) {}

  whole(): Value {
    const v = this.sum();
    if (this.at < this.list.length) throw new FormulaError(`formula: unexpected "${this.list[this.at]}"`);
    return v;
  }

  private peek(): string | undefined {
    return this.list[this.at];
  }

  private take(token: string): boolean {
    if (this.list[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw new FormulaError(`formula: expected "${token}", got "${this.peek() ?? 'end'}"`);
  }

  private leftAssociative(operators: readonly string[], next: () => Value): Value {
    let v = next();
    for (let op = this.peek(); op !== undefined && operators.includes(op); op = this.peek()) {
      this.at++;
      v = this.ops.binary(op, v, next());
    }
    return v;
  }

  private sum(): Value {
    return this.leftAssociative(['+', '-'], () => this.product());
  }

  private product(): Value {
    return this.leftAssociative(['*', '/', '@'], () => this.signed());
  }

  private signed(): Value {
    if (this.take('-')) return this.ops.binary('*', this.signed(), -1);
    return this.power();
  }

  private power(): Value {
    const v = this.postfix();
    return this.take('**') ? this.ops.binary('**', v, this.signed()) : v;
  }

  private postfix(): Value {
    let v = this.atom();
    for (;;) {
      if (this.take('.')) {
        const name = this.word();
        v = this.take('(') ? this.call(name, [v]) : this.run(name, [v], {});
      } else if (this.take('[')) v = this.ops.index(v, this.ranges());
      else return v;
    }
  }

  private word(): string {
    const token = this.list[this.at++];
    if (token === undefined || !/^[A-Za-z_]/.test(token))
      throw new FormulaError(`formula: expected a name, got "${token ?? 'end'}"`);
    return token;
  }

  private atom(): Value {
    if (this.take('(') || this.take('[')) {
      const close = this.list[this.at - 1] === '(' ? ')' : ']';
      const items = [this.sum()];
      let tuple = close === ']';
      while (this.take(',')) {
        tuple = true;
        if (this.peek() !== close) items.push(this.sum());
      }
      this.expect(close);
      return tuple ? items : items[0];
    }
    const token = this.list[this.at++];
    if (token !== undefined && /^[\d.]/.test(token)) return Number(token);
    this.at--;
    const name = this.word();
    // torch.exp(a), F.relu(a): the module's name says nothing here.
    if (['torch', 'F', 'np'].includes(name) && this.take('.')) {
      const inner = this.word();
      this.expect('(');
      return this.call(inner, []);
    }
    if (this.take('(')) return this.call(name, []);
    if (name === 'True' || name === 'true') return true;
    if (name === 'False' || name === 'false') return false;
    const known = this.names.get(name);
    if (known === undefined) throw new FormulaError(`formula: unknown name "${name}"`);
    return known;
  }

  private call(name: string, first: readonly Value[]): Value {
    const args = [...first];
    const named: Record<string, Value> = {};
    while (!this.take(')')) {
      if (this.list[this.at + 1] === '=') {
        const key = this.word();
        this.expect('=');
        named[key] = this.sum();
      } else args.push(this.sum());
      if (this.peek() !== ')') this.expect(',');
    }
    return this.run(name, args, named);
  }

  private run(name: string, args: readonly Value[], named: Readonly<Record<string, Value>>): Value {
    const f = this.ops.functions[name];
    if (!f) throw new FormulaError(`formula: unknown function "${name}"`);
    return f(args, named);
  }

  private ranges(): (number | Range)[] {
    const parts: (number | Range)[] = [];
    const position = (): number | undefined => {
      const token = this.peek();
      if (token === undefined || [':', ',', ']'].includes(token)) return undefined;
      const v = this.sum();
      if (typeof v !== 'number') throw new FormulaError('formula: an index must be a number');
      return v;
    };
    do {
      const start = position();
      if (!this.take(':')) {
        if (start === undefined) throw new FormulaError('formula: an index is missing');
        parts.push(start);
        continue;
      }
      const end = position();
      parts.push({ start, end, step: this.take(':') ? position() : undefined });
    } while (this.take(','));
    this.expect(']');
    return parts;
  }
}

/** Every name that a formula assigns, in order. A trailing remark in words, as in `(rows)`, is left out. */
export function evaluate(
  formula: string,
  inputs: Readonly<Record<string, Value>>,
  ops: FormulaOps,
): Record<string, Value> {
  const names = new Map(Object.entries(inputs));
  const made: Record<string, Value> = {};
  for (const statement of formula.split(/[;\n]/)) {
    const text = statement.replace(/\s\([A-Za-z][^()]*\)\s*$/, '').trim();
    if (text === '') continue;
    const match = /^([A-Za-z_]\w*)\s*=(?!=)\s*(.*)$/.exec(text);
    const name = match ? match[1] : 'y';
    const value = new Parser(tokens(match ? match[2] : text), names, ops).whole();
    names.set(name, value);
    made[name] = value;
  }
  return made;
}

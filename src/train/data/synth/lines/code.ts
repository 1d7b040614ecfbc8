import type { Random } from '../random.ts';
import { capital, digits, pick } from './draw.ts';

const HOSTS = ['com', 'org', 'net', 'io', 'edu', 'gov', 'co.uk', 'de', 'app', 'dev'];

function lower(random: Random, words: readonly string[]): string {
  return pick(random, words).toLowerCase().slice(0, 10);
}

/** A name as programs have them: camelCase, snake_case, CONSTANT, x1. */
function identifier(random: Random, words: readonly string[]): string {
  const a = lower(random, words);
  const b = lower(random, words);
  switch (random.int(6)) {
    case 0:
      return a + capital(b);
    case 1:
      return `${a}_${b}`;
    case 2:
      return `${a}_${b}`.toUpperCase();
    case 3:
      return capital(a) + capital(b);
    case 4:
      return pick(random, [...'abcdefijklmnpqrstuvwxyz']) + (random.chance(0.4) ? random.int(10) : '');
    default:
      return a;
  }
}

/** An e-mail address, a web address, a path, a handle. */
export function webText(random: Random, words: readonly string[]): string {
  const w = () => lower(random, words);
  const host = `${w()}${random.chance(0.3) ? `-${w()}` : ''}.${pick(random, HOSTS)}`;
  switch (random.int(8)) {
    case 0:
      return `${w()}${pick(random, ['.', '_', '-', ''])}${random.chance(0.5) ? w() : digits(random, 2)}@${host}`;
    case 1:
      return `https://${random.chance(0.5) ? 'www.' : ''}${host}/${w()}${random.chance(0.5) ? `/${w()}` : ''}`;
    case 2:
      return `www.${host}`;
    case 3:
      return `http://${host}/${w()}?${w()}=${digits(random, 1 + random.int(4))}${random.chance(0.4) ? `&${w()}=${w()}` : ''}`;
    case 4:
      return `/${w()}/${w()}/${w()}.${pick(random, ['txt', 'ts', 'py', 'json', 'png', 'pdf', 'csv', 'html'])}`;
    case 5:
      return `C:\\${capital(w())}\\${w()}\\${w()}.exe`;
    case 6:
      return random.chance(0.5) ? `@${w()}` : `#${w()}`;
    default:
      return `${random.int(256)}.${random.int(256)}.${random.int(256)}.${random.int(256)}${random.chance(0.3) ? `:${digits(random, 4)}` : ''}`;
  }
}

/** A line of a program, a mark-up file or a shell. */
export function codeText(random: Random, words: readonly string[]): string {
  const id = () => identifier(random, words);
  const w = () => lower(random, words);
  const value = () =>
    pick(random, [digits(random, 1 + random.int(4)), `'${w()}'`, `"${w()}"`, id(), 'true', 'null', '0.5', '[]', '{}']);
  const compare = () => pick(random, ['<', '>', '==', '===', '!=', '<=', '>=', '&&', '||']);
  const op = () => pick(random, ['+', '-', '*', '/', '%', '<<', '|', '&', '^', '**']);
  switch (random.int(18)) {
    case 0:
      return `${pick(random, ['const', 'let', 'var', 'int', 'auto', 'float'])} ${id()} = ${value()};`;
    case 1:
      return `if (${id()} ${compare()} ${value()}) {`;
    case 2:
      return `return ${id()}(${id()}, ${value()});`;
    case 3:
      return `for (let i = 0; i < ${id()}.length; i++) ${pick(random, ['{', `${id()}[i] += ${value()};`])}`;
    case 4:
      return `def ${id()}(${id()}, ${id()}=${value()}):`;
    case 5:
      return `"${w()}": ${value()},`;
    case 6:
      return `<${w()} class="${w()}">${capital(w())}</${w()}>`;
    case 7:
      return `// ${w()} ${w()} ${w()} ${w()}`;
    case 8:
      return `# ${w()} ${w()} (${w()})`;
    case 9:
      return `$ ${pick(random, ['ls -la', 'cd', 'git commit -m', 'npm run', 'cat', 'grep -r', 'sudo rm'])} ${w()}${random.chance(0.3) ? ` | ${w()}` : ''}`;
    case 10:
      return `${id()} ${op()}= ${id()}[${value()}] ${op()} ${digits(random, 2)};`;
    case 11:
      return `import { ${id()}, ${id()} } from './${w()}.ts';`;
    case 12:
      return `#include <${w()}.h>`;
    case 13:
      return `${id()}: ${pick(random, ['string', 'number', 'f32', 'Map<string, number>', 'u32[]', '&str'])}${random.chance(0.5) ? ' | undefined' : ''};`;
    case 14:
      return `SELECT ${w()}, ${w()} FROM ${w()} WHERE ${w()} = ${value()};`;
    case 15:
      return `${id()}.${id()}(${id()} => ${id()} ${op()} ${value()})${pick(random, [';', '', ','])}`;
    case 16:
      return `{ ${w()}: ${value()}; ${w()}: #${digits(random, 6)}; }`;
    default:
      return pick(random, [
        '}',
        '});',
        '} else {',
        '];',
        '@Override',
        '~/.bashrc',
        '`x`',
        '/* TODO */',
        '-> Result<(), Error>',
        '\\n\\t',
      ]);
  }
}

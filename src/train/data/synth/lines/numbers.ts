import type { Random } from '../random.ts';
import { capital, digits, pick } from './draw.ts';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July'].concat([
  ...['August', 'September', 'October', 'November', 'December'],
]);
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const UNITS = [
  'kg',
  'g',
  'mm',
  'cm',
  'm',
  'km',
  'ml',
  'L',
  'oz',
  'lb',
  'GB',
  'MB',
  'kB',
  'ms',
  's',
  'h',
  'W',
  'V',
  'Hz',
  'C',
  'F',
  'x',
  'K',
  'M',
];

const two = (n: number) => String(n).padStart(2, '0');

function grouped(random: Random): string {
  return digits(random, 4 + random.int(5)).replace(/\B(?=(\d{3})+$)/g, random.chance(0.8) ? ',' : ' ');
}

function price(random: Random): string {
  const amount = `${digits(random, 1 + random.int(4))}.${two(random.int(100))}`;
  return random.chance(0.6) ? `$${amount}` : random.chance(0.3) ? `${amount} USD` : amount;
}

/** A number as texts, tables and labels have them. */
export function numberText(random: Random): string {
  const few = () => digits(random, 1 + random.int(4));
  switch (random.int(14)) {
    case 0:
      return grouped(random);
    case 1:
      return `${few()}.${digits(random, 1 + random.int(3))}`;
    case 2:
      return `${random.int(101)}${random.chance(0.5) ? '%' : `.${random.int(10)}%`}`;
    case 3:
    case 4:
      return price(random);
    case 5:
      return `${pick(random, ['-', '+', '~', '<', '>', '#', '*'])}${few()}`;
    case 6:
      return `${few()}${pick(random, ['-', '/', ' - ', ':', 'x', ' x ', ' + ', ' = '])}${few()}`;
    case 7:
      return `(${digits(random, 3)}) ${digits(random, 3)}-${digits(random, 4)}`;
    case 8:
      return `+${1 + random.int(99)} ${digits(random, 3)} ${digits(random, 3)} ${digits(random, 4)}`;
    case 9:
      return `v${random.int(10)}.${random.int(30)}.${random.int(30)}`;
    case 10:
      return `${few()}${random.chance(0.6) ? ' ' : ''}${pick(random, UNITS)}`;
    case 11:
      return `${pick(random, ['AB', 'X', 'ID', 'No.', 'Ref', 'SKU', 'INV', 'Q'])}${pick(random, ['-', ' ', '', '#'])}${digits(random, 3 + random.int(5))}`;
    case 12:
      return `${digits(random, 4)} ${digits(random, 4)} ${digits(random, 4)} ${digits(random, 4)}`;
    default:
      return digits(random, 1 + random.int(7));
  }
}

/** A date, a time, or both. */
export function dateText(random: Random): string {
  const day = 1 + random.int(28);
  const month = random.int(12);
  const year = 1900 + random.int(140);
  const name = MONTHS[month];
  const short = name.slice(0, 3);
  const time = `${two(random.int(24))}:${two(random.int(60))}`;
  switch (random.int(9)) {
    case 0:
      return `${year}-${two(month + 1)}-${two(day)}`;
    case 1:
      return `${two(month + 1)}/${two(day)}/${year}`;
    case 2:
      return `${two(day)}.${two(month + 1)}.${year}`;
    case 3:
      return `${name} ${day}, ${year}`;
    case 4:
      return `${day} ${short} ${year}`;
    case 5:
      return random.chance(0.5)
        ? time
        : `${1 + random.int(12)}:${two(random.int(60))} ${pick(random, ['AM', 'PM', 'am', 'pm'])}`;
    case 6:
      return `${year}-${two(month + 1)}-${two(day)} ${time}:${two(random.int(60))}`;
    case 7:
      return `${pick(random, DAYS).slice(0, random.chance(0.5) ? 3 : 9)}, ${short} ${day}`;
    default:
      return `${two(day)}/${two(month + 1)}/${two(year % 100)} ${time}`;
  }
}

const RECEIPT = [
  ...['TOTAL', 'SUBTOTAL', 'TAX', 'CASH', 'CHANGE', 'VISA', 'BALANCE DUE', 'Total:', 'Amount', 'Tip', 'VAT 20%'],
  ...['Qty', 'DISCOUNT', 'Items', 'AUTH CODE', 'TABLE', 'ORDER', 'Card ****', 'GUESTS', 'Server:', 'RECEIPT NO'],
];

/** A line of a receipt, an invoice or a label. */
export function receiptText(random: Random, words: readonly string[]): string {
  const item = () => {
    const name = Array.from({ length: 1 + random.int(3) }, () => pick(random, words).toLowerCase());
    return random.chance(0.5) ? name.join(' ').toUpperCase() : name.map(capital).join(' ');
  };
  const amount = `${digits(random, 1 + random.int(3))}.${two(random.int(100))}`;
  switch (random.int(6)) {
    case 0:
      return `${pick(random, RECEIPT)} ${amount}`;
    case 1:
      return `${1 + random.int(12)} ${random.chance(0.5) ? 'x ' : ''}${item()} ${amount}`;
    case 2:
      return `${item()} ${random.chance(0.3) ? '$' : ''}${amount}${random.chance(0.2) ? ' A' : ''}`;
    case 3:
      return `${pick(random, RECEIPT)} ${numberText(random)}`;
    case 4:
      return `${capital(pick(random, words).toLowerCase())}: ${random.chance(0.5) ? item() : numberText(random)}`;
    default:
      return `${item()} ${numberText(random)}`;
  }
}

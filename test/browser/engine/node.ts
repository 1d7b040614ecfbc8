/** Reads the pictures of the file LEXEL_PICTURES on whatever adapter this process has, and writes LEXEL_READINGS. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Device } from '../../../src/engine.node.ts';
import { readAll } from '../agreement.ts';

const { LEXEL_PICTURES: from = '', LEXEL_READINGS: to = '' } = process.env;
const { model, images } = JSON.parse(readFileSync(from, 'utf8')) as { model: string; images: string[] };
const device = await Device.create();
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
writeFileSync(to, JSON.stringify(await readAll(device, bytes(model), images.map(bytes))));
device.dispose();

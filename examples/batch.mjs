// Every picture of a folder, in batches; one that cannot be read does not stop the others: node examples/batch.mjs FOLDER
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRecognizer } from 'lexel';

const [folder = 'test/fixtures/words'] = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((file) => /\.(png|jpe?g)$/i.test(file))
  .sort();
const ocr = await createRecognizer();
let i = 0;
const paths = files.map((file) => join(folder, file));
for await (const outcome of ocr.readMany(paths, { batchSize: 32 }))
  console.log(`${files[i++]}\t${outcome.error ? outcome.error.message : outcome.text}`);
await ocr.dispose();

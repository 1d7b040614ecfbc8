// The word in a picture, and how sure each letter is: node examples/read.mjs test/fixtures/words/pranks.png
import { createRecognizer, LexelError } from 'lexel';

const [file = 'test/fixtures/words/pranks.png'] = process.argv.slice(2);
try {
  const ocr = await createRecognizer();
  const { text, confidence, chars } = await ocr.read(file, { topK: 3 });
  console.log(`${text} (${(100 * confidence).toFixed(0)} %)`);
  for (const { text: letter, confidence: sure, box } of chars)
    console.log(`  ${letter} ${(100 * sure).toFixed(0)} % from x = ${box.x.toFixed(0)}`);
  await ocr.dispose();
} catch (error) {
  if (!(error instanceof LexelError)) throw error;
  console.error(`${error.code}: ${error.message}. ${error.hint ?? ''}`);
  process.exitCode = 1;
}

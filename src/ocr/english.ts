import { LanguageModel } from '../nn/index.ts';

let loaded: LanguageModel | undefined;

/** The language model of English letters that ships, loaded once. */
export async function englishLanguageModel(): Promise<LanguageModel> {
  if (!loaded) {
    const { base64 } = await import('./english.gen.ts');
    loaded = LanguageModel.read(
      Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)),
      'english',
    );
  }
  return loaded;
}

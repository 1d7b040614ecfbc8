import type { Command } from 'commander';
import { type CommandContext, integer } from './command.ts';
import type { LanguageModelFlags } from './language-model-run.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('language-model')
    .description('estimate how likely letters follow each other, from a list of words, for --language-model')
    .argument('<words>', 'file with one word a line, or english: the word forms of dictionary-en')
    .requiredOption('--out <file>', 'the file to write (.safetensors)')
    .option('--order <n>', 'letters in the longest n-gram', integer(1, 16), 6)
    .option('--entries <n>', 'probabilities to keep, those that say most', integer(1, 1e7), 45_000)
    .option('--alphabet <symbols>', 'symbols that words are spelt in (default: digits and capitals)')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel language-model english --out english.safetensors
  $ lexel language-model woerter.txt --out deutsch.safetensors
  $ lexel read --language-model deutsch.safetensors word.png

Words that the alphabet cannot spell are left out.`,
    )
    .action(async (words: string, flags: LanguageModelFlags) => {
      const { makeLanguageModel } = await import('./language-model-run.ts');
      finish(await makeLanguageModel(words, flags, io));
    });
}

import { SHIPPED_MODELS, WORD_MODEL } from '../src/index.ts';
import { make } from './page.ts';
import { type KeptModel, keptModels } from './store.ts';

/** Fills a list of models: those that ship (`names` of them), those that this browser keeps; chooses `wanted` where it is there. */
export async function fillModels(
  select: HTMLSelectElement,
  wanted: string | null,
  names: readonly string[] = SHIPPED_MODELS,
): Promise<ReadonlyMap<string, KeptModel>> {
  // Without a database there is only the model that ships.
  const own = new Map((await keptModels().catch((): KeptModel[] => [])).map((m) => [m.name, m]));
  select.replaceChildren(
    ...names.map((name) => make('option', { value: name === WORD_MODEL ? '' : name }, `${name} (built in)`)),
    ...[...own.values()].map((m) => make('option', { value: m.name }, `${m.name} (${m.note})`)),
  );
  select.value = wanted !== null && isThere(wanted, own) ? wanted : '';
  return own;
}

/** Whether a name of the list still means a model. */
export function isThere(name: string, own: ReadonlyMap<string, KeptModel>): boolean {
  return own.has(name) || SHIPPED_MODELS.includes(name);
}

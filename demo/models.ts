import { make } from './page.ts';
import { type KeptModel, keptModels } from './store.ts';

/** The model that comes with the page. */
export const SHIPPED_NAME = 'word-small';

/** Fills a list of models: the one that ships, those that this browser keeps; chooses `wanted` where it is there. */
export async function fillModels(
  select: HTMLSelectElement,
  wanted: string | null,
): Promise<ReadonlyMap<string, KeptModel>> {
  // Without a database there is only the model that ships.
  const own = new Map((await keptModels().catch((): KeptModel[] => [])).map((m) => [m.name, m]));
  select.replaceChildren(
    make('option', { value: '' }, `${SHIPPED_NAME} (built in)`),
    ...[...own.values()].map((m) => make('option', { value: m.name }, `${m.name} (${m.note})`)),
  );
  select.value = wanted !== null && own.has(wanted) ? wanted : '';
  return own;
}

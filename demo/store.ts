/** What the page keeps in this browser: models that were fine-tuned or opened here, and a training run under way. Nothing leaves it. */
const NAME = 'lexel';
const VERSION = 1;
const STORES = ['models', 'runs'] as const;
type Store = (typeof STORES)[number];

/** A model that this browser keeps. */
export interface KeptModel {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it comes from, in words. */
  readonly note: string;
}

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    // Private windows of some browsers have none: the page then keeps nothing, and says so where it would have.
  });
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

async function act<T>(store: Store, mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(store, mode);
  const request = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Keeps a value under a key. @throws DOMException where the browser has no room or no database */
export async function keep(store: Store, key: string, value: unknown): Promise<void> {
  await act(store, 'readwrite', (s) => s.put(value, key));
}

/** What is kept under a key. The caller knows its type; undefined where there is none. */
export async function kept<T>(store: Store, key: string): Promise<T | undefined> {
  return (await act<unknown>(store, 'readonly', (s) => s.get(key))) as T | undefined;
}

export async function forget(store: Store, key: string): Promise<void> {
  await act(store, 'readwrite', (s) => s.delete(key));
}

/** The models that this browser keeps, by name. */
export async function keptModels(): Promise<KeptModel[]> {
  return act<KeptModel[]>('models', 'readonly', (s) => s.getAll());
}

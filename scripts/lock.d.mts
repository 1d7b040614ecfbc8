/** Runs `body` while holding `.cache/<name>.lock`: one process at a time. */
export function withLock<T>(name: string, body: () => T | Promise<T>): Promise<T>;

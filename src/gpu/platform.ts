/** Whether this is Node (or what passes for it): browsers and their workers are not. */
export const inNode = typeof process !== 'undefined' && Boolean(process.versions?.node);

/**
 * Imports what Node alone has: built-in modules and `webgpu`. The name is a variable, so that no bundler follows it into a
 * browser's bundle or stops at a module that browsers lack.
 */
export function importHidden<T>(name: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<T>;
}

/** `npm ci` where the folder's node_modules differs from its package-lock.json. @throws where npm fails */
export function ensurePackages(folder?: string, files?: readonly string[]): Promise<void>;

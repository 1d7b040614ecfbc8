/** Makes dist/ match src/ and shaders/; resolves to whether the types were clean. */
export function ensureBuilt(options?: { force?: boolean }): Promise<boolean>;

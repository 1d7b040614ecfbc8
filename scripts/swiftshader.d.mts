/** SwiftShader's folder and its ICD manifest, or why this machine cannot use it. */
export function unpackSwiftShader(): { folder?: string; icd?: string; reason?: string };

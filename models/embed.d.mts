export function embedModels(): void;

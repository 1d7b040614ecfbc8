/** Unpacks the npm-shipped Chromium once. */
export function unpackChromium():
  | { file: string; env: NodeJS.ProcessEnv; reason?: undefined }
  | { file?: undefined; env?: undefined; reason: string };

/** A picture that comes with the page, and what it says. */
export interface Example {
  readonly word: string;
  readonly url: URL;
}

// Each address written out, so that the bundler sees the file; addresses in the HTML cannot leave its folder while developing.
export const EXAMPLES: readonly Example[] = [
  { word: 'ENTERTAINER', url: new URL('../../test/fixtures/words/entertainer.png', import.meta.url) },
  { word: 'PRANKS', url: new URL('../../test/fixtures/words/pranks.png', import.meta.url) },
  { word: 'PERSONIFY', url: new URL('../../test/fixtures/words/personify.png', import.meta.url) },
  { word: 'CAUTIONING', url: new URL('../../test/fixtures/words/cautioning.png', import.meta.url) },
  { word: 'MIGRATIONS', url: new URL('../../test/fixtures/words/migrations.png', import.meta.url) },
  { word: 'SPEAKERS', url: new URL('../../test/fixtures/words/speakers.png', import.meta.url) },
];

/** A button that shows the example. */
export function exampleButton(example: Example, take: (example: Example) => void): HTMLLIElement {
  const image = document.createElement('img');
  image.src = example.url.href;
  image.alt = example.word;
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.word = example.word;
  button.append(image);
  button.addEventListener('click', () => take(example));
  const item = document.createElement('li');
  item.append(button);
  return item;
}

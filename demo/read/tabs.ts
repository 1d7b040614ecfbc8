import { element } from '../page.ts';

const NAMES = ['picture', 'camera', 'draw', 'type'] as const;
export type Tab = (typeof NAMES)[number];

/** Makes the tabs of the sources work with mouse and arrow keys; `changed` is told which is open. */
export function openTabs(changed: (tab: Tab) => void): void {
  const tabs = NAMES.map((name) => element(`tab-${name}`, HTMLButtonElement));
  const choose = (at: number): void => {
    tabs.forEach((tab, i) => {
      tab.setAttribute('aria-selected', String(i === at));
      tab.tabIndex = i === at ? 0 : -1;
      element(`panel-${NAMES[i]}`, HTMLElement).hidden = i !== at;
    });
    changed(NAMES[at]);
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => choose(i));
    tab.addEventListener('keydown', ({ key }) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[key];
      if (to === undefined) return;
      const next = (to + tabs.length) % tabs.length;
      choose(next);
      tabs[next].focus();
    });
  });
}

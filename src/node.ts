/** What needs Node: files, labelled folders, the generator of words. */
export { writeAtomically } from './train/files.node.ts';
export * from './train/data/index.ts';

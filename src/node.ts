/** What needs Node: files, labelled folders, the generator of words. */

export * from './train/data/index.ts';
export { writeAtomically } from './train/files.node.ts';

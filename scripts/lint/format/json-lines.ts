import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import { keysOf, type FilePath } from './file-path';

/** The line of a value in a JSON text, from 1; that of what is around it where there is no such value. */
export function linesOf(text: string): (at: FilePath | undefined) => number {
  const root = treeOf(text);
  const breaks = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (at) => {
    for (let path = at; root !== undefined && path !== undefined; path = path.in) {
      const node = findNodeAtLocation(root, keysOf(path));
      if (node !== undefined) return lineAt(node.offset, breaks);
    }
    return 1;
  };
}

/** Undefined for a text that is nested too deeply to have lines told. */
function treeOf(text: string): Node | undefined {
  try {
    return parseTree(text.replace(/^\uFEFF/, ' '));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** How many breaks stand before an offset, and one. */
function lineAt(offset: number, breaks: readonly number[]): number {
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((breaks[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

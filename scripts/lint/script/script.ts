import { parse, type AnyNode, type Program } from 'acorn';
import { bindingsIn } from './bindings';
import { childrenOf, type Comment, type Script } from './syntax';

/** What there is of a script for its rules. */
export type ParsedScript = Script | 'syntax error' | 'too large';

/** Parses a script as Postman's sandbox takes it, with `await` and `return` at its top. */
export function parseScript(text: string): ParsedScript {
  const comments: Comment[] = [];
  try {
    const program = parse(text, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      locations: true,
      ranges: true,
      onComment: (_isBlock, comment, _start, _end, at) => comments.push({ text: comment, line: at?.line ?? 1 }),
    });
    return scriptOf(program, comments);
  } catch (error) {
    // RangeError: it is nested more deeply than any program that a person wrote.
    if (error instanceof SyntaxError || error instanceof RangeError) return 'syntax error';
    throw error;
  }
}

function scriptOf(program: Program, comments: readonly Comment[]): Script {
  const nodes: AnyNode[] = [];
  const parents = new Map<AnyNode, AnyNode>();
  const waiting: AnyNode[] = [program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    for (const child of childrenOf(node).reverse()) {
      parents.set(child, node);
      waiting.push(child);
    }
  }
  const parentOf = (node: AnyNode): AnyNode | undefined => parents.get(node);
  const bindings = bindingsIn(program, parentOf);
  let left = leastSteps + stepsForNode * nodes.length;
  const step = (): void => {
    left -= 1;
    if (left < 0) throw new RangeError('too many steps');
  };
  return { nodes, comments, parentOf, bindingOf: (name) => bindings.get(name), step };
}

/** Scripts that people write take some three steps for each node. */
const stepsForNode = 15;
const leastSteps = 20_000;

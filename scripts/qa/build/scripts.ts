import path from 'node:path';
import { composeShared, formatScript, type ReadModule } from '../../collection/compose';
import { scriptKinds } from '../../collection/embed-scripts';
import { parseModule, type Declaration, type Module } from '../../collection/module';
import type { MainItem } from './main-requests';

/** The modules that the QA collection's scripts are made from. */
export interface QaModules {
  /** Where its own are. */
  readonly folder: string;
  readonly read: ReadModule;
}

type MainItems = ReadonlyMap<string, MainItem>;

/** Before each request: its step is prepared, then the main request's own script runs, with a `pm` that notes its tests. */
export async function composePreparation(main: MainItems, modules: QaModules): Promise<string[]> {
  const frame = moduleOf(['readStep', 'observe', 'judgeBefore', 'takeLine'], modules);
  const preparation = moduleOf(['prepareStep'], modules);
  return formatScript(`
    ${composeShared([frame], modules.read)}

    const step = readStep(${JSON.stringify([...main.keys()])});

    const play = (pm) => {
      ${composeMain(main, 'prerequest', [preparation], modules)}

      prepareStep(step);
      scripts[step.request]?.();
    };

    if (step) {
      observe(play, (seen) => {
        judgeBefore(step, seen);
        takeLine(step);
      });
    }`);
}

/** After each request: the main request's own test script, then whether all is as the step expects. */
export async function composeJudgement(main: MainItems, modules: QaModules): Promise<string[]> {
  const frame = moduleOf(['receivedResponse', 'observe', 'judgeStep'], modules);
  return formatScript(`
    ${composeShared([frame], modules.read)}

    const play = (pm) => {
      ${composeMain(main, 'test', [], modules)}

      scripts[pm.variables.get('step_request')]?.();
    };

    const response = receivedResponse(pm.response);
    observe(play, (seen) => judgeStep(seen, response), response);`);
}

/**
 * The main collection's scripts, each as a function by its request's name. What they share stands beside them, because it
 * must know the same `pm`.
 */
function composeMain(
  main: MainItems,
  kind: (typeof scriptKinds)[number],
  others: readonly Module[],
  { read }: QaModules,
): string {
  const scripts = [...main].flatMap(
    ([
      name,
      {
        sources: { [kind]: module },
      },
    ]) => (module ? [{ name, module }] : []),
  );
  const shared = composeShared([...others, ...scripts.map(({ module }) => module)], withoutPages(read));
  const functions = scripts.map(({ name, module }) => `${JSON.stringify(name)}: () => {\n${module.whole.text}\n},`);
  return [shared, 'const scripts = {', ...functions, '};'].join('\n');
}

/** A module that calls these functions of the QA collection. */
function moduleOf(functions: readonly string[], { folder }: QaModules): Module {
  const imports = functions.map((name) => `import { ${name} } from './_shared/${name}';`);
  return parseModule([...imports, `[${functions.join()}];`].join('\n'), path.join(folder, 'calls.js'));
}

/** What looks after the Visualize tab is tested on its own, and would make these scripts twice as long. */
function withoutPages(read: ReadModule): ReadModule {
  const known = new Map<string, Module>();
  return (pathname) => {
    const module = read(pathname);
    const quiet = known.get(module.file) ?? { ...module, declarations: module.declarations.map(quieted) };
    known.set(module.file, quiet);
    return quiet;
  };
}

function quieted(declaration: Declaration): Declaration {
  const [name = ''] = declaration.declared;
  return name.startsWith('show') ? { ...declaration, text: `function ${name}() {}`, names: new Set() } : declaration;
}

import Handlebars from 'handlebars';
import newman, { type NewmanRunOptions, type NewmanRunSummary } from 'newman';

/** What a script gave to `pm.visualizer.set`. */
export type Visualization = { template: string; data: unknown; options?: object };
/** A run of plain Newman, with what its scripts showed in the Visualize tab and what they logged. */
export type Run = { summary: NewmanRunSummary; visualizations: Visualization[]; logged: unknown[] };
type ScriptEvent = { executions: { result?: { return?: { visualizer?: Visualization } } }[] };

/** Runs a collection, or the folder or request of it that the options name. */
export async function runCollection(options: NewmanRunOptions): Promise<Run> {
  const visualizations: Visualization[] = [];
  const logged: unknown[] = [];
  const summary = await new Promise<NewmanRunSummary>((resolve, reject) => {
    const emitter = newman.run({ reporters: [], ...options }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
    emitter.on('console', (_error, message) => logged.push(message));
    const keep = (_error: unknown, { executions }: ScriptEvent): void => {
      visualizations.push(...executions.flatMap(({ result }) => result?.return?.visualizer ?? []));
    };
    emitter.on('prerequest', keep).on('test', keep);
  });
  return { summary, visualizations, logged };
}

/** As Postman renders it: `{{ }}` escapes for HTML. */
export function rendered({ template, data, options }: Visualization): string {
  return Handlebars.compile(template, options)(data);
}

import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../../context';
import { invalid, quoted } from '../../errors';
import { exitCodesHelp, topics, variablesHelp } from '../../manual/topics';
import { helpWidth } from '../../manual/wrapped';
import { packageFolder } from '../../package-folder';
import { similarTo } from '../../text/similar';
import { command, type Run } from '../options';

export function define(program: Command, run: Run): void {
  command(program, 'help [topic] [part]', `explain a verb, or ${topics.join(' or ')}`, 'help exit-codes').action(
    (topic: string | undefined, part: string | undefined) => run((context) => help(topic, part, program, context)),
  );
}

/**
 * Prints the page of a verb, of a part of it (as in `client add`) or of a topic; without one, the program's own. @throws
 * Failure `invalid` for anything else
 */
async function help(
  topic: string | undefined,
  part: string | undefined,
  program: Command,
  context: Context,
): Promise<number> {
  const { console } = context;
  const width = helpWidth(console.columns());
  const verb = called(topic ?? '', program);
  if (topic === undefined) program.outputHelp();
  else if (part !== undefined) partOf(verb, part).outputHelp();
  else if (topic === 'exit-codes') console.print(exitCodesHelp(width));
  else if (topic === 'environment') console.print(variablesHelp(variablesFile(), width));
  else if (verb !== undefined) verb.outputHelp();
  else throw noTopic(topic, program);
  return 0;
}

function called(name: string, program: Command): Command | undefined {
  return program.commands.find((one) => [one.name(), ...one.aliases()].includes(name));
}

/** @throws Failure `invalid` for a verb that has no such part */
function partOf(verb: Command | undefined, part: string): Command {
  const found = verb && called(part, verb);
  if (found !== undefined) return found;
  const hint = verb === undefined ? 'npx evergrant help' : `npx evergrant help ${verb.name()}`;
  throw invalid('no_topic', `there is no help for ${quoted(part)} there`, `see what there is: ${hint}`);
}

/** Every variable has its explanation in this file, and nowhere else. */
function variablesFile(): string {
  return fs.readFileSync(path.join(packageFolder, '.env.example'), 'utf8');
}

function noTopic(topic: string, program: Command): Error {
  const known = [...topics, ...program.commands.map((verb) => verb.name())];
  const similar = similarTo(topic, known);
  const meant = similar.length === 0 ? '' : `did you mean ${similar.join(' or ')}? `;
  return invalid('no_topic', `there is no help for ${quoted(topic)}`, `${meant}see what there is: npx evergrant help`);
}

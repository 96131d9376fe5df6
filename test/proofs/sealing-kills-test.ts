import { killEach, sealingVerbs } from './support/sealing-kills';

/** Every step of every command that changes how secrets are sealed. */
async function main(): Promise<void> {
  let [kills, problems]: [number, string[]] = [0, []];
  for (const verb of sealingVerbs) {
    const played = await killEach(verb, 1);
    console.log(`${verb.what}: ${played.kills} kills, ${played.problems.length} problems`);
    [kills, problems] = [kills + played.kills, [...problems, ...played.problems]];
  }
  console.log(`${kills} kills, ${problems.length} problems\n${problems.join('\n')}`.trim());
  process.exit(problems.length === 0 ? 0 : 1);
}

void main();

import { prove } from './support/proof';
import { soak } from './support/soak';

/** Weeks of cron's ticks with faults at random: no grant is lost, and none is refreshed that isn't due. */
void prove({ days: 70 }, ({ days, seed }) => soak({ 'min-validity': days, 'keep-alive': days }, seed));

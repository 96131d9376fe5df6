import { doors, pureRooms, rooms } from './rooms.mjs';

/** A pattern for the files of some rooms of `scripts/`. */
function inAny(places) {
  return `^scripts/(${places.map((place) => place.replaceAll('.', '\\.')).join('|')})(/|$)`;
}

function orderOf(room, place) {
  const within = rooms.filter((other) => other.startsWith(`${room}/`));
  const above = rooms.slice(place + 1);
  return {
    name: `${room} uses no room above it`,
    severity: 'error',
    from: { path: inAny([room]), ...(within.length === 0 ? {} : { pathNot: inAny(within) }) },
    to: { path: inAny(above), pathNot: inAny([room]) },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'every file is in a room', severity: 'error', from: { path: '^scripts/', pathNot: inAny(rooms) }, to: {} },
    ...rooms.slice(0, -1).map(orderOf),
    {
      name: 'rooms that decide touch nothing',
      severity: 'error',
      from: { path: inAny(pureRooms), pathNot: inAny(doors) },
      to: { path: '^(node:)?(fs|child_process|process|worker_threads)(/|$)' },
    },
    {
      name: 'nothing that is shipped depends on the sandbox',
      severity: 'error',
      from: { path: '^scripts/', pathNot: '^scripts/(sandbox/|qa/|commands/(sandbox|demo|qa)\\.ts)' },
      to: { path: '^scripts/sandbox/' },
    },
    {
      name: 'Newman is run and reported on in its own rooms',
      severity: 'error',
      from: { path: '^scripts/', pathNot: '^scripts/(newman|report)/' },
      to: { path: '(^|node_modules/)(newman|postman-)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // a type that is imported is an import, too
  },
};

/** Inside a statement: what it commits is on the server's disk before it answers, whatever the role's settings are. */
export const durably = `durable as materialized (select set_config('synchronous_commit', 'on', true))`;

/** Inside a statement: nobody waits for the server's disk, as a crash of the server that undoes it costs nothing. */
export const soon = `soon as materialized (select set_config('synchronous_commit', 'off', true))`;

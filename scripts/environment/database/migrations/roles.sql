-- Rights: evergrant_worker refreshes and consents, and changes no table; evergrant_reader sees what is connected, until
-- when and by whose consent, and no token or secret. Give a login one of them: grant evergrant_worker to LOGIN;
-- A server that logs statements (log_statement, log_min_duration_statement) logs the values that they carry, too, tokens and
-- secrets among them, and only who administers it can end that: alter role LOGIN set log_parameter_max_length = 0;
do $$
begin
  if not exists (select from pg_roles where rolname = 'evergrant_worker') then create role evergrant_worker nologin; end if;
  if not exists (select from pg_roles where rolname = 'evergrant_reader') then create role evergrant_reader nologin; end if;
end
$$;
grant usage on schema evergrant to evergrant_worker, evergrant_reader;
grant select, insert, update, delete on all tables in schema evergrant to evergrant_worker;
revoke insert, update, delete on evergrant.migration from evergrant_worker;
grant usage on all sequences in schema evergrant to evergrant_worker;
grant select on evergrant.connection, evergrant.attempt, evergrant.last_attempt, evergrant.store, evergrant.said,
  evergrant.migration, evergrant.former_name to evergrant_reader;
grant select (name, shown, user_id) on evergrant.document to evergrant_reader;
grant select (name) on evergrant.app to evergrant_reader;

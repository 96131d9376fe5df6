-- The server and database that the store's id stands for: in another one it is a copy, or an older backup. Null until a
-- program has first used it. When a connection was made, so that an older one's receipts are not put back into it.

alter table evergrant.store
  add column system_identifier text,
  add column database_name text,
  add column timeline integer,
  add column bound_at timestamptz;
alter table evergrant.connection add column created_at timestamptz;
alter table evergrant.connection alter column created_at set default now();

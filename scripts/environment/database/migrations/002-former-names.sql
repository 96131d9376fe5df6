-- The names that connections had before, and the name that each was given; links that were made before give the old one.

create table evergrant.former_name (
  name text collate "C" primary key,
  given text collate "C" not null,
  at timestamptz not null default now()
);

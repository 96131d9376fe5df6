-- The data keys of secrets that are sealed at rest, each wrapped by a key that is kept elsewhere; '' for none. The version
-- grows with each change: what was sealed by an older one is not written.

create table evergrant.key_ring (
  is_only boolean primary key default true check (is_only),
  body text not null,
  version integer not null
);
insert into evergrant.key_ring (body, version) values ('', 0);

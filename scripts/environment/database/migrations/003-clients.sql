-- The programs that may ask for access tokens: a JSON object with all of them, their secrets as SHA-256 alone.

create table evergrant.clients (
  is_only boolean primary key default true check (is_only),
  body text not null default '{"clients":[]}'
);
insert into evergrant.clients default values;

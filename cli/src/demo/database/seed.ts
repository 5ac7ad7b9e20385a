/** How many customers there are. */
export const CUSTOMERS = 60_000;

/** Roles of the database. The exporter's is for the executor; the others are the lanes of the gateway. */
export const ROLES = { exporter: 'crm_exporter', read: 'crm_read', write: 'crm_write' } as const;

const { exporter, read, write } = ROLES;

export const SEED: string = `
create table customers (
  id int primary key, company text not null, country text not null, plan text not null,
  seats int not null, contact_email text not null
);
insert into customers
select i,
  (array['Acme', 'Borealis', 'Cobalt', 'Delta', 'Ember'])[1 + i * 7 % 5] || ' ' || i,
  (array['DE', 'FR', 'JP', 'US', 'BR', 'IN'])[1 + i * 5 % 6],
  (array['free', 'team', 'business', 'enterprise'])[1 + i * 3 % 4],
  1 + i * 37 % 400,
  'contact-' || i || '@example.com'
from generate_series(1, ${CUSTOMERS}) i;

create role ${exporter} login; create role ${read} login; create role ${write} login;
revoke temporary, create on database postgres from public;
revoke create on schema public from public;
grant select on all tables in schema public to ${exporter}, ${read};
grant select, insert, update, delete on all tables in schema public to ${write};
analyze;
`;

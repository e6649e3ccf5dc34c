-- A request that its transport delivered for the first time: where two of them look alike, both have their effect.
alter table outdial_request_journal add column first_delivery integer not null default 0;

-- The events that wait for being published, and the requests that have had their effect. Nobody else knows these tables.

create table if not exists outdial_event_outbox (
  sequence bigint not null auto_increment,
  payload longtext not null,
  primary key (sequence),
  -- Small: counts rows without reading what they hold.
  key outdial_event_outbox_count (sequence)
) engine = InnoDB default character set utf8mb4;

create table if not exists outdial_request_journal (
  request_key varbinary(255) not null,
  fingerprint varbinary(64) not null,
  reply longblob not null,
  tm_create datetime(6) not null,
  -- Its transport delivered it for the first time: where two such requests look alike, both have their effect.
  first_delivery boolean not null,
  primary key (request_key),
  key outdial_request_journal_age (tm_create)
) engine = InnoDB default character set utf8mb4;

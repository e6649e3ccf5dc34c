-- Ids are UUIDs in their canonical lower-case form, times are microseconds since the Unix epoch in UTC, and what is not
-- set is NULL.

create table outdial_outdials (
  id text not null primary key,
  customer_id text not null,
  campaign_id text not null,
  name text not null,
  detail text not null,
  data text not null,
  tm_create integer,
  tm_update integer,
  tm_delete integer,
  deleted integer as (tm_delete is not null) virtual
) strict;

-- Lists are read backwards (newest tm_create first, then by id), so that new rows go to the end of these indexes.
create index outdial_outdials_list on outdial_outdials (deleted, tm_create, id desc);
create index outdial_outdials_customer on outdial_outdials (customer_id, deleted, tm_create, id desc);
create index outdial_outdials_campaign on outdial_outdials (campaign_id, deleted, tm_create, id desc);

create table outdial_outdialtargets (
  id text not null primary key,
  outdial_id text not null,
  name text not null,
  detail text not null,
  data text not null,
  status text not null,
  destination_0 text,
  destination_1 text,
  destination_2 text,
  destination_3 text,
  destination_4 text,
  try_count_0 integer not null,
  try_count_1 integer not null,
  try_count_2 integer not null,
  try_count_3 integer not null,
  try_count_4 integer not null,
  lease_until integer,
  tm_create integer,
  tm_update integer,
  tm_delete integer,
  -- Which slots are set and how often each was tried, of targets that may be dialled: all that availability depends on.
  signature text as (
    case when status = 'idle' and tm_delete is null then
      iif(destination_0 is null, '--------', printf('%08x', try_count_0 & 0xffffffff)) ||
      iif(destination_1 is null, '--------', printf('%08x', try_count_1 & 0xffffffff)) ||
      iif(destination_2 is null, '--------', printf('%08x', try_count_2 & 0xffffffff)) ||
      iif(destination_3 is null, '--------', printf('%08x', try_count_3 & 0xffffffff)) ||
      iif(destination_4 is null, '--------', printf('%08x', try_count_4 & 0xffffffff))
    end) virtual
) strict;

create index outdial_outdialtargets_available on outdial_outdialtargets (outdial_id, signature, tm_update, id)
  where signature is not null;
create index outdial_outdialtargets_list on outdial_outdialtargets (outdial_id, tm_create, id desc)
  where tm_delete is null;
create index outdial_outdialtargets_lease on outdial_outdialtargets (lease_until, id)
  where lease_until is not null;

create table outdial_outdialtargetcalls (
  id text not null primary key,
  customer_id text not null,
  campaign_id text not null,
  outdial_id text not null,
  outdial_target_id text not null,
  activeflow_id text,
  reference_type text not null,
  reference_id text,
  status text not null,
  destination text,
  destination_index integer not null,
  try_count integer not null,
  tm_create integer,
  tm_update integer,
  tm_delete integer
) strict;

-- A target has one open call at most.
create unique index outdial_outdialtargetcalls_open on outdial_outdialtargetcalls (outdial_target_id)
  where status = 'progressing';
create index outdial_outdialtargetcalls_customer on outdial_outdialtargetcalls (customer_id, tm_create, id desc);
create index outdial_outdialtargetcalls_campaign on outdial_outdialtargetcalls (campaign_id, tm_create, id desc);
create index outdial_outdialtargetcalls_outdial on outdial_outdialtargetcalls (outdial_id, tm_create, id desc);
create index outdial_outdialtargetcalls_target on outdial_outdialtargetcalls (outdial_target_id, tm_create, id desc);
create index outdial_outdialtargetcalls_activeflow on outdial_outdialtargetcalls (activeflow_id, tm_create, id desc)
  where activeflow_id is not null;
create index outdial_outdialtargetcalls_reference on outdial_outdialtargetcalls (reference_id, tm_create, id desc)
  where reference_id is not null;

create table outdial_event_outbox (
  sequence integer primary key,
  payload text not null
) strict;

-- The highest sequence that was removed: none is given twice, so that no event is removed in the place of an older one.
-- (Autoincrement would do the same, and have every commit write one more page.)
create table outdial_event_outbox_removed (
  id integer primary key check (id = 1),
  last_sequence integer not null
) strict;

insert into outdial_event_outbox_removed (id, last_sequence) values (1, 0);

create table outdial_request_journal (
  key text not null primary key,
  fingerprint text not null,
  reply text not null,
  tm_create integer not null
) strict;

create index outdial_request_journal_age on outdial_request_journal (tm_create);

-- The tables as VoIPBIN's own migrations make them; where those have run, nothing happens here.
--
-- The server commits each statement of these files by itself, so every one of them can be repeated: a table is made where
-- it is missing, and a column or index that is there already is passed over.

create table if not exists outdial_outdials (
  id binary(16) not null,
  customer_id binary(16),
  campaign_id binary(16),
  name varchar(255),
  detail text,
  data text,
  tm_create datetime(6),
  tm_update datetime(6),
  tm_delete datetime(6),
  primary key (id),
  key idx_outdial_outdials_customer_id (customer_id),
  key idx_outdial_outdials_campaign_id (campaign_id)
) engine = InnoDB default character set utf8mb4;

create table if not exists outdial_outdialtargets (
  id binary(16) not null,
  outdial_id binary(16),
  name varchar(255),
  detail text,
  data text,
  status varchar(255),
  destination_0 json,
  destination_1 json,
  destination_2 json,
  destination_3 json,
  destination_4 json,
  try_count_0 integer,
  try_count_1 integer,
  try_count_2 integer,
  try_count_3 integer,
  try_count_4 integer,
  tm_create datetime(6),
  tm_update datetime(6),
  tm_delete datetime(6),
  primary key (id),
  key idx_outdial_outdialtargets_outdial_id (outdial_id)
) engine = InnoDB default character set utf8mb4;

create table if not exists outdial_outdialtargetcalls (
  id binary(16) not null,
  customer_id binary(16),
  campaign_id binary(16),
  outdial_id binary(16),
  outdial_target_id binary(16),
  activeflow_id binary(16),
  reference_type varchar(255),
  reference_id binary(16),
  status varchar(255),
  destination json,
  destination_index integer,
  try_count integer,
  tm_create datetime(6),
  tm_update datetime(6),
  tm_delete datetime(6),
  primary key (id),
  key idx_outdial_outdialtargetcalls_customer_id (customer_id),
  key idx_outdial_outdialtargetcalls_campaign_id (campaign_id),
  key idx_outdial_outdialtargetcalls_outdial_target_id (outdial_target_id),
  key idx_outdial_outdialtargetcalls_activeflow_id (activeflow_id),
  key idx_outdial_outdialtargetcalls_reference_id (reference_id)
) engine = InnoDB default character set utf8mb4;

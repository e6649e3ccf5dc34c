-- Columns and indexes of ours are added in statements of their own: only so do readers and writers go on meanwhile.
-- Whoever does not name these columns in an insert or update keeps them right all the same.

alter table outdial_outdials
  add column deleted boolean as (tm_delete is not null and tm_delete < '9999-01-01') virtual,
  algorithm = instant;

-- Lists are read backwards, newest first.
alter table outdial_outdials
  add index outdial_outdials_list (deleted, tm_create, id),
  add index outdial_outdials_customer (customer_id, deleted, tm_create, id),
  add index outdial_outdials_campaign (campaign_id, deleted, tm_create, id),
  algorithm = inplace, lock = none;

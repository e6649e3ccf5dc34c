-- What targets are counted by that are not idle; idle ones are counted by their signature.
create index outdial_outdialtargets_dialled on outdial_outdialtargets
  (outdial_id, status, try_count_0, try_count_1, try_count_2, try_count_3, try_count_4)
  where status <> 'idle' and tm_delete is null;

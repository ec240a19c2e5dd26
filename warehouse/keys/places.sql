-- The same office number at the same address is one place; several dwellings under one number stay apart. The place
-- of one desk's counter (desks.sql) at the same address is one place too.
-- The anchor is a record id and never the address: no published id derives from where a place is.
SELECT record_id, source, NULL AS corporate_number,
  [coalesce(office_number || ' ' || folded, counter || ' ' || folded)] AS keys,
  record_id AS anchor
FROM accepted_places LEFT JOIN folded_addresses USING (address) LEFT JOIN desks USING (record_id)

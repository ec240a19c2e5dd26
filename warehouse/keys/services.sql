-- The same office number with the same service type is one service, at one or more places. So are the rows that name
-- one desk (desks.sql); its anchor is a record id, because no published id derives from a phone.
SELECT record_id, source,
  coalesce(office_number || ' ' || service_type, desk, record_id) AS cluster,
  coalesce(office_number || ' ' || service_type, record_id) AS anchor
FROM accepted_services LEFT JOIN desks USING (record_id)

-- The same office number with the same service type is one service, at one or more places.
SELECT record_id, source,
  coalesce(office_number || ' ' || service_type, record_id) AS cluster,
  coalesce(office_number || ' ' || service_type, record_id) AS anchor
FROM accepted_services

-- The rows in which one source names one desk that is competent for several municipalities: the same name, plain
-- name, type and phone. `desk` is their key, `counter` that of all desks at the same phone.
-- Applies to services with a jurisdiction alone: elsewhere the same name and phone may be two activities.
WITH phones AS (
  SELECT record_id, string_agg(DISTINCT value, ';' ORDER BY value) AS phone FROM accepted_contact_points
  WHERE owner_kind = 'services' AND kind = 'phone' AND value IS NOT NULL GROUP BY record_id)
SELECT s.record_id,
  concat_ws(' ', '窓口', s.source, n.folded, coalesce(s.summary, ''), coalesce(s.service_type, ''), phone) AS desk,
  concat_ws(' ', '窓口', s.source, phone) AS counter
FROM accepted_services s JOIN folded_names n USING (name) JOIN phones USING (record_id)
SEMI JOIN accepted_jurisdictions USING (record_id)

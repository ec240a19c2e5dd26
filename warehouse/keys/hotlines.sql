-- Each record is a line of its own: one number may serve several.
SELECT record_id, source, record_id AS cluster, record_id AS anchor FROM accepted_hotlines

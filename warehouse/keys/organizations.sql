-- The same valid corporate number is one organization. A record without one belongs to the organization that other
-- records name for its office number, where they name just one; failing that, one office number has one operator.
-- Failing that too, the record stands alone.
-- The anchor is a record id and never the corporate number, which is withheld of an organization at a hidden place.
WITH offices AS (
  SELECT DISTINCT record_id, office_number FROM accepted_services WHERE office_number IS NOT NULL),
operators AS (
  SELECT office_number, min(corporate_number) AS corporate_number
  FROM accepted_organizations JOIN offices USING (record_id)
  WHERE corporate_number IS NOT NULL GROUP BY office_number HAVING count(DISTINCT corporate_number) = 1),
told AS (
  SELECT r.record_id, r.source, coalesce(r.corporate_number, o.corporate_number) AS corporate_number, f.office_number
  FROM accepted_organizations r LEFT JOIN offices f USING (record_id) LEFT JOIN operators o USING (office_number))
SELECT record_id, source,
  coalesce('法人番号 ' || corporate_number, '事業所番号 ' || office_number, record_id) AS cluster,
  record_id AS anchor
FROM told

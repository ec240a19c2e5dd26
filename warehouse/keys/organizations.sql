-- The same valid corporate number is one organization. A record without one belongs to the organization that other
-- records name for its office number, where they name just one; failing that, one office number has one operator.
-- Failing that too, the submitted records of the same name are one organization, and have the corporate number of those
-- that tell just one; so are the records at one desk's counter (desks.sql) with the same name. Any other stands alone.
-- The anchor is a record id and never the corporate number, which is withheld of an organization at a hidden place.
WITH offices AS (
  SELECT DISTINCT record_id, office_number FROM accepted_services WHERE office_number IS NOT NULL),
operators AS (
  SELECT office_number, min(corporate_number) AS corporate_number
  FROM accepted_organizations JOIN offices USING (record_id)
  WHERE corporate_number IS NOT NULL GROUP BY office_number HAVING count(DISTINCT corporate_number) = 1),
submitted AS (
  SELECT source, name, folded,
    CASE WHEN min(corporate_number) OVER same = max(corporate_number) OVER same
      THEN min(corporate_number) OVER same END AS corporate_number
  FROM accepted_organizations JOIN folded_names USING (name) WHERE source = 'inbox'
  WINDOW same AS (PARTITION BY folded)),
told AS (
  SELECT r.record_id, r.source, f.office_number, '受付箱 ' || s.folded AS submitted, d.counter || ' ' || n.folded AS counter,
    coalesce(r.corporate_number, o.corporate_number, s.corporate_number) AS corporate_number
  FROM accepted_organizations r LEFT JOIN offices f USING (record_id) LEFT JOIN operators o USING (office_number)
  LEFT JOIN desks d USING (record_id) LEFT JOIN folded_names n USING (name)
  LEFT JOIN (SELECT DISTINCT * FROM submitted) s ON s.source = r.source AND s.name = r.name)
SELECT record_id, source,
  coalesce('法人番号 ' || corporate_number, '事業所番号 ' || office_number, submitted, counter, record_id) AS cluster,
  record_id AS anchor
FROM told

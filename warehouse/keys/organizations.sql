-- The corporate number that decides: the record's own; without one that of the organization that other records name for
-- its office number, where they name just one; else the one that submitted records of the same name tell, if just one.
-- A number that contradicts the name it stands with (`suspects`) is handed on to no other record.
-- The key that joins what has no number: one office number has one operator; failing that, the submitted records of
-- the same name are one organization, and so are the records at one desk's counter (desks.sql) with the same name.
-- The anchor is a record id and never the corporate number, which is withheld of an organization at a hidden place.
WITH offices AS (
  SELECT DISTINCT record_id, office_number FROM accepted_services WHERE office_number IS NOT NULL),
sound AS (
  SELECT record_id, source, name,
    CASE WHEN (name, corporate_number) NOT IN (FROM suspects) THEN corporate_number END AS corporate_number
  FROM accepted_organizations),
operators AS (
  SELECT office_number, min(corporate_number) AS corporate_number
  FROM sound JOIN offices USING (record_id)
  WHERE corporate_number IS NOT NULL GROUP BY office_number HAVING count(DISTINCT corporate_number) = 1),
submitted AS (
  SELECT source, name, folded,
    CASE WHEN min(corporate_number) OVER same = max(corporate_number) OVER same
      THEN min(corporate_number) OVER same END AS corporate_number
  FROM sound JOIN folded_names USING (name) WHERE source = 'inbox'
  WINDOW same AS (PARTITION BY folded)),
told AS (
  SELECT r.record_id, r.source, f.office_number, '受付箱 ' || s.folded AS submitted, d.counter || ' ' || n.folded AS counter,
    coalesce(r.corporate_number, o.corporate_number, s.corporate_number) AS corporate_number
  FROM accepted_organizations r LEFT JOIN offices f USING (record_id) LEFT JOIN operators o USING (office_number)
  LEFT JOIN desks d USING (record_id) LEFT JOIN folded_names n USING (name)
  LEFT JOIN (SELECT DISTINCT * FROM submitted) s ON s.source = r.source AND s.name = r.name)
SELECT record_id, source, min(corporate_number) AS corporate_number,
  CASE WHEN min(corporate_number) IS NULL
    THEN [min(coalesce('事業所番号 ' || office_number, submitted, counter))] ELSE [] END AS keys,
  record_id AS anchor
FROM told GROUP BY record_id, source

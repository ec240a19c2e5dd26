-- A number that the registry does not hold, although it covers the prefecture where the organization is.
-- It covers a prefecture if it holds most of the numbers that organizations there give; not applicable elsewhere,
-- and to an organization whose municipality is not known.
-- version: 1
WITH said AS (
  SELECT o.record_id, o.corporate_number, left(o.municipality_code, 2) AS prefecture, c.corporate_number IS NOT NULL AS held
  FROM accepted_organizations o LEFT JOIN accepted_corporations c USING (corporate_number)
  WHERE o.corporate_number IS NOT NULL AND o.municipality_code IS NOT NULL),
covered AS (
  SELECT prefecture FROM said
  GROUP BY prefecture HAVING count(DISTINCT corporate_number) FILTER (held) * 2 > count(DISTINCT corporate_number))
SELECT record_id, 'corporate_number' AS field, NULL::VARCHAR AS expected
FROM said SEMI JOIN covered USING (prefecture) WHERE NOT held

-- The same office number with the same service type is one service, at one or more places. So are the rows that name
-- one desk (desks.sql). And records of different sources are one service where they tell the same name and type, of
-- one organization, at one place: different services of one body in one building stay apart.
-- The anchor is the office number with its type or a record id: no published id derives from a phone.
WITH told AS (
  SELECT s.record_id, s.source, office_number || ' ' || service_type AS office, desk, office_number,
    '同じ名称 ' || o.cluster || ' ' || coalesce(p.cluster, '') || ' ' || coalesce(service_type, '') || ' ' || folded AS alike
  FROM accepted_services s LEFT JOIN desks USING (record_id) LEFT JOIN folded_names USING (name)
  LEFT JOIN resolved o ON o.kind = 'organizations' AND o.record_id = s.record_id
  LEFT JOIN resolved p ON p.kind = 'places' AND p.record_id = s.record_id),
shared AS (
  SELECT alike FROM told WHERE desk IS NULL AND alike IS NOT NULL GROUP BY alike
  HAVING count(*) > 1 AND count(*) = count(DISTINCT source) AND count(DISTINCT office_number) < 2)
SELECT record_id, source, NULL AS corporate_number,
  [key FOR key IN [coalesce(office, desk), CASE WHEN alike IN (FROM shared) THEN alike END] IF key IS NOT NULL] AS keys,
  coalesce(office, record_id) AS anchor
FROM told

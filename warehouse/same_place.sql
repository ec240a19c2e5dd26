-- Records of others that resolution says are the place of a hidden submission: which of them are hidden with it.
-- Needs publishers, protecting, members, bearing (record_id, entity_id: what a place was when it was last seen).
CREATE OR REPLACE TEMP TABLE placed_now AS
WITH policies AS (
  SELECT record_id, min(t.address_policy) AS policy
  FROM accepted_services s JOIN codes_service_types t ON t.code = s.service_type GROUP BY record_id)
SELECT record_id, source, entity_id,
  min(least(coalesce(address_visibility, 'public'), coalesce(policy, 'public'))) AS visibility
FROM (SELECT record_id, source, address_visibility FROM accepted_places)
JOIN (SELECT record_id, entity_id FROM members WHERE kind = 'places') USING (record_id)
LEFT JOIN policies USING (record_id) GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE hiding AS
SELECT publisher, record_id, entity_id, visibility FROM (
  SELECT record_id, entity_id, visibility FROM placed_now WHERE source = 'inbox' AND visibility <> 'public'
  UNION ALL
  SELECT record_id, entity_id, visibility FROM protecting JOIN bearing USING (record_id)
  WHERE kind = 'places' AND source = 'inbox' AND visibility <> 'public'
    AND record_id NOT IN (SELECT record_id FROM accepted_places))
JOIN publishers USING (record_id);

CREATE OR REPLACE TEMP TABLE reach AS
WITH touching AS (
  SELECT publisher, entity_id, min(h.visibility) AS visibility, count(DISTINCT f.record_id) AS records
  FROM hiding h JOIN placed_now f USING (entity_id)
  WHERE f.visibility > h.visibility AND (publisher, f.record_id) NOT IN (SELECT (publisher, record_id) FROM publishers)
  GROUP BY publisher, entity_id)
SELECT publisher, entity_id, visibility, sum(records) OVER (PARTITION BY publisher ORDER BY records, entity_id) AS touched
FROM touching;

CREATE TABLE protected.places AS
SELECT entity_id AS place_id, min(visibility) AS visibility FROM reach
WHERE touched <= getvariable('reach') GROUP BY entity_id ORDER BY ALL;

-- Of a place that it may not hide the submission says nothing.
CREATE OR REPLACE TEMP TABLE silent AS
SELECT DISTINCT record_id FROM hiding JOIN reach USING (publisher, entity_id) WHERE touched > getvariable('reach');
DELETE FROM accepted_places WHERE source = 'inbox' AND record_id IN (FROM silent);
DELETE FROM members WHERE kind = 'places' AND record_id IN (FROM silent);
UPDATE accepted_organizations SET address_visibility = 'hidden'
WHERE source = 'inbox' AND address IS NULL AND record_id IN (FROM silent);

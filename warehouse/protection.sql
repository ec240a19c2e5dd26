-- How protected each record is that need not be published any more: the same rules as visibility.sql, by record.
-- The words sort by strictness: hidden, municipality, public.
CREATE OR REPLACE TEMP TABLE protecting AS
WITH policies AS (
  SELECT record_id, min(t.address_policy) AS policy
  FROM protected_services s JOIN codes_service_types t ON t.code = s.service_type GROUP BY record_id),
placed AS (
  SELECT 'places' AS kind, source, record_id, address, latitude, longitude,
    CASE WHEN record_id IN (FROM closed) OR record_id IN (SELECT record_id FROM hidden_records) THEN 'hidden'
      ELSE least(coalesce(address_visibility, 'public'), policy) END AS visibility
  FROM protected_places LEFT JOIN policies USING (record_id)),
registered AS (
  SELECT 'organizations' AS kind, source, record_id, address, NULL AS latitude, NULL AS longitude,
    CASE WHEN record_id IN (FROM closed)
        OR record_id IN (SELECT record_id FROM hidden_records WHERE kind = 'organizations')
        OR (record_id IN (SELECT record_id FROM hidden_records WHERE kind = 'services')
            AND record_id NOT IN (SELECT record_id FROM placed))
        OR (address IS NULL AND record_id IN (SELECT record_id FROM placed WHERE visibility = 'hidden'))
      THEN 'hidden' ELSE coalesce(address_visibility, 'public') END AS visibility
  FROM protected_organizations),
sites AS (FROM placed UNION ALL FROM registered),
active AS (
  SELECT 'services' AS kind, s.source, record_id, NULL AS address, NULL AS latitude, NULL AS longitude,
    coalesce(least(coalesce(min(p.visibility), min(o.visibility)), min(policy)), 'public') AS visibility
  FROM protected_services s LEFT JOIN placed p USING (record_id) LEFT JOIN registered o USING (record_id)
  LEFT JOIN policies USING (record_id) GROUP BY s.source, record_id)
FROM sites UNION ALL FROM active;

-- Where they are, and the contacts of what is hidden or a person's own.
CREATE OR REPLACE TEMP TABLE guarded_sites AS
SELECT DISTINCT source, record_id, folded, latitude, longitude, visibility
FROM protecting LEFT JOIN guarded_addresses USING (address)
WHERE kind <> 'services' AND visibility <> 'public';

CREATE OR REPLACE TEMP TABLE guarded_contacts AS
WITH hidden AS (SELECT DISTINCT kind AS owner_kind, record_id FROM protecting WHERE visibility = 'hidden')
SELECT source, record_id, c.kind, c.value, c.personal FROM protected_contact_points c SEMI JOIN hidden USING (owner_kind, record_id)
UNION SELECT source, record_id, kind, value, personal FROM protected_contact_points WHERE personal
UNION SELECT source, record_id, 'url', url, NULL FROM protected_organizations
  SEMI JOIN (FROM hidden WHERE owner_kind = 'organizations') USING (record_id)
UNION SELECT source, record_id, 'url', url, NULL FROM protected_services
  SEMI JOIN (FROM hidden WHERE owner_kind = 'services') USING (record_id);
DELETE FROM guarded_contacts WHERE value IS NULL;

-- What open data kept back, no other record tells.
CREATE TABLE protected.sites AS
SELECT DISTINCT folded, latitude, longitude, visibility FROM guarded_sites WHERE source <> 'inbox' ORDER BY ALL;
CREATE TABLE protected.contacts AS
SELECT DISTINCT kind, value, personal FROM guarded_contacts WHERE source <> 'inbox' ORDER BY ALL;

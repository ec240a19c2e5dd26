-- Of every entity that tells a site or contact which a submission keeps back, and that stays as it is: what they share.
-- For a steward to look at the same day (code, kind, entity_id, shared).
WITH others AS (
  SELECT m.kind, entity_id, record_id, r.* EXCLUDE (kind, record_id)
  FROM members m JOIN (
    SELECT 'places' AS kind, record_id, folded, latitude, longitude, NULL AS value
    FROM accepted_places LEFT JOIN folded_addresses USING (address)
    UNION ALL
    SELECT 'organizations', record_id, folded, NULL, NULL, url
    FROM accepted_organizations LEFT JOIN folded_addresses USING (address)
    UNION ALL SELECT 'services', record_id, NULL, NULL, NULL, url FROM accepted_services
    UNION ALL SELECT owner_kind, record_id, NULL, NULL, NULL, value FROM accepted_contact_points) r USING (kind, record_id)),
kept AS (
  SELECT publisher, folded, latitude, longitude, NULL AS value FROM own_sites
  UNION ALL
  SELECT DISTINCT publisher, NULL, NULL, NULL, value FROM guarded_contacts JOIN publishers USING (record_id)
  WHERE source = 'inbox' AND NOT leads_nowhere(kind, value)),
met AS (
  SELECT o.kind, o.entity_id, o.record_id, publisher, '同じ所在地' AS shared, 'public' AS told
  FROM others o JOIN kept k ON beginning(o.folded) = beginning(k.folded) AND same_address(o.folded, k.folded)
  UNION ALL
  SELECT o.kind, o.entity_id, o.record_id, publisher, '同じ位置', 'public'
  FROM others o JOIN (
    SELECT publisher, unnest(beside(latitude)) AS y, longitude FROM kept WHERE latitude IS NOT NULL) k
  ON cell(o.latitude) = y AND list_contains(beside(k.longitude), cell(o.longitude))
  UNION ALL
  SELECT o.kind, o.entity_id, o.record_id, publisher,
    CASE WHEN host(k.value) = '' THEN '同じ電話番号' ELSE '同じウェブ' END, 'municipality'
  FROM others o JOIN kept k USING (value)),
seen AS (
  SELECT 'places' AS kind, place_id AS entity_id, address_visibility AS visibility FROM places
  UNION ALL SELECT 'organizations', organization_id, address_visibility FROM organizations
  UNION ALL SELECT 'services', service_id, coalesce(min(address_visibility), 'public')
  FROM services LEFT JOIN service_places USING (service_id) LEFT JOIN places USING (place_id) GROUP BY service_id)
SELECT 'touches-too-many' AS code, 'places' AS kind, reach.entity_id, '同じ拠点' AS shared
FROM reach JOIN seen ON seen.kind = 'places' AND seen.entity_id = reach.entity_id
WHERE touched > getvariable('reach') AND seen.visibility > reach.visibility GROUP BY reach.entity_id
UNION ALL
SELECT 'shares-hidden-site', kind, entity_id, string_agg(DISTINCT shared, '、' ORDER BY shared)
FROM met JOIN seen USING (kind, entity_id)
WHERE seen.visibility >= told AND (publisher, record_id) NOT IN (SELECT (publisher, record_id) FROM publishers)
GROUP BY kind, entity_id
ORDER BY ALL

-- What is compared of the records of organizations and places (`compared`): their own address and contacts, else those
-- of the place and service that the same row tells of. `opened` is false of a submission that keeps its address to
-- itself. Internal: a person who judges a pair reads it, no release does.
CREATE OR REPLACE TABLE compared AS
WITH lines AS (
  SELECT record_id, owner_kind, c.kind, min(value) AS value FROM accepted_contact_points c
  WHERE c.kind IN ('phone', 'fax') AND value IS NOT NULL GROUP BY ALL),
phones AS (
  SELECT record_id,
    min(value) FILTER (kind = 'phone' AND owner_kind = 'organizations') AS of_organization,
    min(value) FILTER (kind = 'phone' AND owner_kind = 'services') AS of_service,
    min(value) FILTER (kind = 'phone' AND owner_kind = 'places') AS of_place,
    min(value) FILTER (kind = 'fax') AS fax
  FROM lines GROUP BY record_id),
areas AS (
  SELECT m.code, p.label_ja || coalesce(t.label_ja, '') AS area
  FROM (SELECT municipality_code AS code FROM accepted_organizations UNION SELECT municipality_code FROM accepted_places) m
  JOIN codes_prefectures p ON p.code = left(m.code, 2) LEFT JOIN codes_municipalities t ON t.code = m.code)
SELECT 'organizations' AS kind, o.record_id, o.source, o.name, o.name_kana,
  a.area, coalesce(o.address, CASE WHEN p.municipality_code = o.municipality_code OR o.municipality_code IS NULL THEN p.address END) AS address,
  coalesce(of_organization, of_service, of_place) AS phone, fax,
  coalesce(o.url, s.url) AS url, NULL::DOUBLE AS latitude, NULL::DOUBLE AS longitude, o.corporate_number,
  o.source <> 'inbox' OR o.address_visibility IS NOT DISTINCT FROM 'public' AS opened
FROM accepted_organizations o LEFT JOIN phones USING (record_id)
LEFT JOIN accepted_services s USING (record_id) LEFT JOIN accepted_places p USING (record_id)
LEFT JOIN areas a ON a.code = coalesce(o.municipality_code, p.municipality_code)
UNION ALL
SELECT 'places', p.record_id, p.source, p.name, p.name_kana, a.area, p.address,
  coalesce(of_place, of_service, of_organization), fax, s.url, p.latitude, p.longitude, NULL,
  p.source <> 'inbox' OR p.address_visibility IS NOT DISTINCT FROM 'public'
FROM accepted_places p LEFT JOIN phones USING (record_id) LEFT JOIN accepted_services s USING (record_id)
LEFT JOIN areas a ON a.code = p.municipality_code
UNION ALL
SELECT 'services', s.record_id, s.source, s.name, NULL, NULL, NULL, of_service, fax, s.url, NULL, NULL, NULL, true
FROM accepted_services s LEFT JOIN phones USING (record_id)
ORDER BY ALL;

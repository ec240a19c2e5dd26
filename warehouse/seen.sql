-- How each record of an organization, place or service is seen (`seen`: kind, record_id, visibility, openly): as its
-- entity is, or, where it is gone, as it is protected. What of that comes from open data is `openly`.
-- The words sort by strictness: hidden, municipality, public.
CREATE OR REPLACE TEMP TABLE seen AS
WITH sites AS (
  SELECT 'places' AS kind, place_id AS entity_id, address_visibility AS visibility,
    coalesce(q.visibility, 'public') AS openly
  FROM places LEFT JOIN protected.openly q USING (place_id)
  UNION ALL
  SELECT 'organizations', organization_id, address_visibility,
    CASE WHEN sources = 'inbox' THEN 'public' ELSE address_visibility END
  FROM organizations),
-- A service is where its most protected place is; one without any place is where its organization is.
located AS (
  SELECT service_id, min(p.visibility) AS visibility, min(p.openly) AS openly
  FROM service_places JOIN sites p ON p.kind = 'places' AND p.entity_id = place_id
  JOIN places USING (place_id) JOIN services USING (service_id)
  WHERE places.sources <> 'inbox' OR services.sources = 'inbox' GROUP BY service_id),
active AS (
  SELECT 'services' AS kind, service_id AS entity_id,
    least(coalesce(l.visibility, o.visibility, 'public'), coalesce(t.address_policy, 'public'),
      coalesce(k.visibility, 'public')) AS visibility,
    CASE WHEN s.sources = 'inbox' THEN 'public'
      ELSE least(coalesce(l.openly, o.openly, 'public'), coalesce(t.address_policy, 'public')) END AS openly
  FROM services s LEFT JOIN located l USING (service_id)
  LEFT JOIN sites o ON o.kind = 'organizations' AND o.entity_id = organization_id
  LEFT JOIN protected.services k USING (service_id) LEFT JOIN codes_service_types t ON t.code = s.service_type),
entities AS (FROM sites UNION ALL FROM active)
SELECT kind, record_id, min(visibility) AS visibility, min(openly) AS openly FROM (
  SELECT kind, record_id, visibility, openly FROM members JOIN entities USING (kind, entity_id)
  UNION ALL
  SELECT kind, record_id, visibility, CASE WHEN source = 'inbox' THEN 'public' ELSE visibility END FROM protecting)
GROUP BY kind, record_id;

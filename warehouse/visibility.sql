-- How much of where a place is may be told (data model, Privacy): public, municipality, hidden.
-- The strictest of what its records say and what its services' types demand, whatever the source says.
CREATE OR REPLACE MACRO strictest(v) AS CASE max(CASE v WHEN 'hidden' THEN 2 WHEN 'municipality' THEN 1 ELSE 0 END)
  WHEN 2 THEN 'hidden' WHEN 1 THEN 'municipality' ELSE 'public' END;

UPDATE places SET address_visibility = told.visibility
FROM (
  SELECT entity_id, strictest(visibility) AS visibility FROM (
    SELECT m.entity_id, a.address_visibility AS visibility
    FROM members m JOIN accepted_places a USING (record_id) WHERE m.kind = 'places'
    UNION ALL
    SELECT sp.place_id, t.address_policy
    FROM service_places sp JOIN services USING (service_id) JOIN codes_service_types t ON t.code = services.service_type)
  GROUP BY entity_id) told
WHERE told.entity_id = places.place_id;

-- A value that must not be told of one place is told of no other record either: the same address, or the same spot.
UPDATE places SET address_visibility = shared.visibility
FROM (
  SELECT f.folded, strictest(p.address_visibility) AS visibility
  FROM places p JOIN folded_addresses f USING (address) GROUP BY f.folded) shared, folded_addresses f
WHERE f.address = places.address AND f.folded = shared.folded AND shared.visibility <> 'public';

UPDATE places SET latitude = NULL, longitude = NULL
FROM (
  SELECT DISTINCT round(latitude, 4) AS latitude, round(longitude, 4) AS longitude
  FROM places WHERE address_visibility <> 'public' AND latitude IS NOT NULL) kept_back
WHERE places.address_visibility = 'public'
  AND round(places.latitude, 4) = kept_back.latitude AND round(places.longitude, 4) = kept_back.longitude;

-- An organization registered at such an address, and one of unknown address that runs a hidden place.
UPDATE organizations SET address_visibility = told.visibility
FROM (
  SELECT entity_id, strictest(visibility) AS visibility FROM (
    SELECT m.entity_id, a.address_visibility AS visibility
    FROM members m JOIN accepted_organizations a USING (record_id) WHERE m.kind = 'organizations'
    UNION ALL
    SELECT o.organization_id, p.address_visibility
    FROM organizations o JOIN folded_addresses fo ON fo.address = o.address
    JOIN folded_addresses fp USING (folded) JOIN places p ON p.address = fp.address
    UNION ALL
    SELECT o.organization_id, 'hidden'
    FROM organizations o JOIN places p USING (organization_id)
    WHERE o.address IS NULL AND p.address_visibility = 'hidden')
  GROUP BY entity_id) told
WHERE told.entity_id = organizations.organization_id;

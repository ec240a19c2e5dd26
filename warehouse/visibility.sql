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

-- A value that must not be told of one place is told of no other record either: the same address, also with a
-- building or room behind it, and the same spot; also when the record itself is gone (schema protected). Rather one neighbour too many than one home.
CREATE OR REPLACE MACRO same_address(a, b) AS a = b OR (
  regexp_matches(left(a, least(length(a), length(b))), '[0-9]$')
  AND (starts_with(a, b) OR starts_with(b, a))
  AND NOT regexp_matches(substr(CASE WHEN length(a) > length(b) THEN a ELSE b END, least(length(a), length(b)) + 1), '^[0-9]'));

CREATE OR REPLACE TEMP TABLE kept_back AS
SELECT f.address, strictest(r.visibility) AS visibility,
  strictest(CASE WHEN submitted THEN 'municipality' ELSE r.visibility END) AS of_open_data
FROM folded_addresses f JOIN (
  SELECT folded, submitted, strictest(visibility) AS visibility FROM (
    SELECT f.folded, p.address_visibility AS visibility, p.sources = 'inbox' AS submitted
    FROM places p JOIN folded_addresses f USING (address) WHERE p.address_visibility <> 'public'
    UNION ALL
    SELECT folded, visibility, submitted FROM protected.sites WHERE folded IS NOT NULL)
  GROUP BY folded, submitted) r
-- An address of the same beginning, so that not every pair is compared; one shorter than that only equals itself.
ON left(f.folded, 9) = left(r.folded, 9) AND same_address(f.folded, r.folded)
GROUP BY f.address;

UPDATE places SET address_visibility = kept_back.visibility
FROM kept_back WHERE kept_back.address = places.address AND (places.address_visibility = 'public' OR kept_back.visibility = 'hidden');

-- Within about ten metres: the same cell of a grid of that size, or one beside it.
UPDATE places SET latitude = NULL, longitude = NULL
FROM (
  SELECT DISTINCT round(latitude * 10000)::BIGINT + x AS y_cell, round(longitude * 10000)::BIGINT + y AS x_cell
  FROM (
    SELECT latitude, longitude FROM places WHERE address_visibility <> 'public'
    UNION ALL SELECT latitude, longitude FROM protected.sites)
  CROSS JOIN range(-1, 2) a(x) CROSS JOIN range(-1, 2) b(y)
  WHERE latitude IS NOT NULL) spots
WHERE places.address_visibility = 'public'
  AND round(places.latitude * 10000)::BIGINT = spots.y_cell AND round(places.longitude * 10000)::BIGINT = spots.x_cell;

-- An organization registered at such an address, and one of unknown address that runs a hidden place. No submission
-- hides an organization that open data tells of; where it is, is told down to the municipality then.
UPDATE organizations SET address_visibility = told.visibility
FROM (
  SELECT entity_id, strictest(visibility) AS visibility FROM (
    SELECT m.entity_id, a.address_visibility AS visibility
    FROM members m JOIN accepted_organizations a USING (record_id) WHERE m.kind = 'organizations'
    UNION ALL
    SELECT o.organization_id, CASE WHEN o.sources = 'inbox' THEN k.visibility ELSE k.of_open_data END
    FROM organizations o JOIN kept_back k USING (address)
    UNION ALL
    SELECT o.organization_id, 'hidden'
    FROM organizations o JOIN places p USING (organization_id)
    WHERE o.address IS NULL AND p.address_visibility = 'hidden' AND (p.sources <> 'inbox' OR o.sources = 'inbox'))
  GROUP BY entity_id) told
WHERE told.entity_id = organizations.organization_id;

-- How much of where a place is may be told (data model, Privacy): public, municipality, hidden.
-- The strictest of what its records say and what its services' types demand, whatever the source says. Needs sites.sql.
CREATE OR REPLACE TEMP TABLE told_visibility AS
SELECT entity_id AS place_id, strictest(visibility) AS visibility,
  strictest(CASE WHEN submitted THEN 'public' ELSE visibility END) AS of_open_data
FROM (
  SELECT m.entity_id, a.address_visibility AS visibility, a.source = 'inbox' AS submitted
  FROM members m JOIN accepted_places a USING (record_id) WHERE m.kind = 'places'
  UNION ALL
  SELECT sp.place_id, t.address_policy, services.sources = 'inbox'
  FROM service_places sp JOIN services USING (service_id) JOIN codes_service_types t ON t.code = services.service_type
  UNION ALL
  SELECT place_id, visibility, TRUE FROM protected.places)
GROUP BY entity_id;

UPDATE places SET address_visibility = told.visibility
FROM told_visibility told WHERE told.place_id = places.place_id;

-- Where open data says that a place is: its sources may say it differently, and none of that is told elsewhere.
CREATE OR REPLACE TEMP TABLE open_sites AS
SELECT DISTINCT entity_id AS place_id, address, latitude, longitude
FROM members m JOIN accepted_places a USING (record_id) WHERE m.kind = 'places' AND a.source <> 'inbox';

-- A value that open data must not tell of one place is told of no other record either: the same address, also with a
-- building or room behind it, and the same spot; also when the record itself is gone (schema protected). Rather one
-- neighbour too many than one home. Whom submissions bind is protection's.
CREATE OR REPLACE TEMP TABLE kept_back AS
SELECT f.address, strictest(r.visibility) AS visibility
FROM folded_addresses f JOIN (
  SELECT f.folded, t.of_open_data AS visibility
  FROM open_sites s JOIN told_visibility t USING (place_id) JOIN folded_addresses f USING (address)
  WHERE t.of_open_data <> 'public'
  UNION
  SELECT folded, visibility FROM protected.sites WHERE folded IS NOT NULL) r
ON beginning(f.folded) = beginning(r.folded) AND same_address(f.folded, r.folded)
GROUP BY f.address;

UPDATE places SET address_visibility = kept_back.visibility
FROM kept_back WHERE kept_back.address = places.address AND (places.address_visibility = 'public' OR kept_back.visibility = 'hidden');

-- What of that comes from open data: it alone binds other records than the place's own.
CREATE TABLE protected.openly AS
SELECT place_id, strictest(told) AS visibility FROM (
  SELECT place_id, of_open_data AS told FROM told_visibility
  UNION ALL
  SELECT place_id, visibility FROM places JOIN kept_back USING (address) WHERE sources <> 'inbox')
GROUP BY place_id HAVING strictest(told) <> 'public' ORDER BY ALL;

UPDATE places SET latitude = NULL, longitude = NULL
FROM (
  SELECT DISTINCT unnest(beside(latitude)) AS y_cell, beside(longitude) AS x_cells
  FROM (
    SELECT latitude, longitude FROM open_sites SEMI JOIN protected.openly USING (place_id)
    UNION ALL SELECT latitude, longitude FROM protected.sites)
  WHERE latitude IS NOT NULL) spots
WHERE places.address_visibility = 'public'
  AND cell(places.latitude) = spots.y_cell AND list_contains(spots.x_cells, cell(places.longitude));

-- An organization registered at such an address, and one of unknown address that runs a hidden place. No submission
-- hides an organization that open data tells of.
UPDATE organizations SET address_visibility = told.visibility
FROM (
  SELECT entity_id, strictest(visibility) AS visibility FROM (
    SELECT m.entity_id, a.address_visibility AS visibility
    FROM members m JOIN accepted_organizations a USING (record_id) WHERE m.kind = 'organizations'
    UNION ALL
    SELECT o.organization_id, k.visibility FROM organizations o JOIN kept_back k USING (address)
    UNION ALL
    SELECT o.organization_id, 'hidden'
    FROM organizations o JOIN places p USING (organization_id) LEFT JOIN protected.openly q USING (place_id)
    WHERE o.address IS NULL AND p.address_visibility = 'hidden' AND (q.visibility = 'hidden' OR o.sources = 'inbox'))
  GROUP BY entity_id) told
WHERE told.entity_id = organizations.organization_id;

-- What a submission keeps back, no other record of the same organization tells. Records of others are left as they are.
CREATE OR REPLACE TEMP TABLE own_sites AS
SELECT DISTINCT publisher, folded, latitude, longitude, visibility
FROM guarded_sites JOIN publishers USING (record_id) WHERE source = 'inbox';

UPDATE accepted_places SET address_visibility = least(coalesce(address_visibility, 'public'), own.visibility)
FROM (
  SELECT p.record_id, min(s.visibility) AS visibility
  FROM accepted_places p JOIN publishers USING (record_id) JOIN folded_addresses f USING (address)
  JOIN own_sites s USING (publisher)
  WHERE source = 'inbox' AND same_address(f.folded, s.folded) GROUP BY p.record_id) own
WHERE own.record_id = accepted_places.record_id;

UPDATE accepted_organizations SET address_visibility = least(coalesce(address_visibility, 'public'), own.visibility)
FROM (
  SELECT o.record_id, min(s.visibility) AS visibility
  FROM accepted_organizations o JOIN publishers USING (record_id) JOIN folded_addresses f USING (address)
  JOIN own_sites s USING (publisher)
  WHERE source = 'inbox' AND same_address(f.folded, s.folded) GROUP BY o.record_id) own
WHERE own.record_id = accepted_organizations.record_id;

UPDATE accepted_places SET latitude = NULL, longitude = NULL
WHERE source = 'inbox' AND record_id IN (
  SELECT p.record_id FROM accepted_places p JOIN publishers USING (record_id) JOIN own_sites s USING (publisher)
  WHERE list_contains(beside(s.latitude), cell(p.latitude)) AND list_contains(beside(s.longitude), cell(p.longitude)));

CREATE OR REPLACE TEMP TABLE own_values AS
SELECT DISTINCT p.record_id, g.value, host(g.value) AS site
FROM guarded_contacts g JOIN publishers o USING (record_id) JOIN publishers p USING (publisher)
WHERE source = 'inbox' AND (personal OR NOT leads_nowhere(g.kind, g.value));

DELETE FROM accepted_contact_points USING own_values v
WHERE source = 'inbox' AND accepted_contact_points.record_id = v.record_id
  AND (accepted_contact_points.value = v.value OR (site = host_or_domain(accepted_contact_points.value)
    AND site <> '' AND site NOT IN (FROM shared_hosts)));
UPDATE accepted_services SET url = NULL FROM own_values v
WHERE source = 'inbox' AND accepted_services.record_id = v.record_id
  AND (url = v.value OR (site = host(url) AND site <> '' AND site NOT IN (FROM shared_hosts)));
UPDATE accepted_organizations SET url = NULL FROM own_values v
WHERE source = 'inbox' AND accepted_organizations.record_id = v.record_id
  AND (url = v.value OR (site = host(url) AND site <> '' AND site NOT IN (FROM shared_hosts)));

-- Records of what a steward hid: of the entity then and now, or of the submission.
CREATE OR REPLACE TEMP TABLE hidden_records AS
SELECT kind, record_id FROM bore
UNION SELECT kind, record_id FROM members JOIN hidden_ids ON entity_id = id
UNION SELECT 'organizations', record_id FROM held JOIN hidden_ids ON submission = id;

UPDATE accepted_organizations SET address_visibility = 'hidden' WHERE record_id IN (
  SELECT record_id FROM hidden_records
  WHERE kind = 'organizations'
    OR (kind = 'services' AND record_id NOT IN (SELECT record_id FROM accepted_places)));

UPDATE accepted_places SET address_visibility = 'hidden' WHERE record_id IN (SELECT record_id FROM hidden_records);

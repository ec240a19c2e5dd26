-- Who says so, since when: of each entity the sources that its values come from, with the fields that each gave and the
-- day that the record was confirmed on, else the source's date (data model, provenance). The value is the entity's own.
INSERT INTO origins
SELECT 'services', service_id, field, 'codes/service_types', NULL, NULL
FROM (UNPIVOT (SELECT service_id, support_categories, troubles, audiences FROM services)
      ON support_categories, troubles, audiences INTO NAME field VALUE told) s
ANTI JOIN origins o ON o.kind = 'services' AND o.entity_id = s.service_id AND o.field = s.field;

CREATE TABLE provenance AS
SELECT kind, entity_id, source, observed_on, string_agg(field, ';' ORDER BY field) AS fields
FROM origins GROUP BY ALL ORDER BY ALL;

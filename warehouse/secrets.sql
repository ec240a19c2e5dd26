-- All that must not leave, without what a visible record lawfully tells.
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT kind, value, field, submitted, hidden, bound FROM held_back WHERE value IS NOT NULL AND value <> ''
UNION ALL
-- The host of a hidden web address, where it is its own.
SELECT 'url', host(value), field, submitted, hidden, bound FROM held_back
WHERE kind = 'url' AND hidden AND host(value) <> '' AND host(value) NOT IN (FROM shared_hosts);

CREATE OR REPLACE TEMP TABLE told AS
SELECT kind, coalesce(folded, lawful.value) AS value FROM lawful LEFT JOIN same_way ON kind = 'address' AND same_way.value = lawful.value
WHERE lawful.value IS NOT NULL
UNION SELECT 'url', host(value) FROM lawful WHERE kind = 'url'
UNION SELECT 'url', split_part(value, '@', 2) FROM lawful WHERE kind = 'email';

-- An address or web address is told too by one that begins with it: with a building behind it, or a page.
CREATE OR REPLACE TEMP TABLE begun AS
SELECT DISTINCT c.kind, c.value FROM candidates c JOIN same_way w ON c.kind = 'address' AND w.value = c.value
JOIN told t ON t.kind = 'address' AND beginning(t.value) = beginning(folded) AND starts_with(t.value, folded)
UNION
SELECT DISTINCT c.kind, c.value FROM candidates c
JOIN told t ON c.kind = 'url' AND t.kind = 'url' AND host(t.value) = host(c.value) AND starts_with(t.value, c.value)
WHERE host(c.value) <> '';

CREATE TABLE secrets AS
SELECT c.kind, c.value, min(field) AS field, bool_or(hidden) AS hidden, bool_and(submitted) AS submitted
FROM candidates c LEFT JOIN same_way w ON c.kind = 'address' AND w.value = c.value
LEFT JOIN told t ON t.kind = c.kind AND t.value = coalesce(folded, c.value)
LEFT JOIN begun b ON b.kind = c.kind AND b.value = c.value
LEFT JOIN overheard o ON (submitted OR NOT hidden) AND c.kind IN ('text', 'person') AND o.value = c.value
WHERE (bound AND list_contains(getvariable('bound'), c.kind)) OR (t.value IS NULL AND o.value IS NULL AND b.value IS NULL)
GROUP BY c.kind, c.value ORDER BY ALL;

-- The registry has another name for this number, beyond corporation words, width, case and blanks.
-- Not applicable to a number that the registry at hand does not hold.
-- version: 1
SELECT o.record_id, 'name' AS field, c.name AS expected
FROM accepted_organizations o
JOIN accepted_corporations c USING (corporate_number)
JOIN folded_names said ON said.name = o.name
JOIN folded_names registered ON registered.name = c.name
WHERE said.bare <> registered.bare

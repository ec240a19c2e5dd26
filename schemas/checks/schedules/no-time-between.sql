-- Opening and closing time are the same, such as 00:00-00:00: closed, or round the clock? Nobody can tell.
-- Not applicable while either is unknown.
-- needs: opens closes
SELECT n, field, NULL AS expected
FROM "{rows}" CROSS JOIN (VALUES ('opens'), ('closes')) f(field)
WHERE opens = closes
ORDER BY n, field

-- When two values are of one site, what leads to one, and which visibility is the strictest.
CREATE OR REPLACE TEMP MACRO strictest(v) AS CASE max(CASE v WHEN 'hidden' THEN 2 WHEN 'municipality' THEN 1 ELSE 0 END)
  WHEN 2 THEN 'hidden' WHEN 1 THEN 'municipality' ELSE 'public' END;

-- Folded addresses: the same, also with a building or room behind one of them.
CREATE OR REPLACE TEMP MACRO same_address(a, b) AS a = b OR (
  regexp_matches(left(a, least(length(a), length(b))), '[0-9]$')
  AND (starts_with(a, b) OR starts_with(b, a))
  AND NOT regexp_matches(substr(CASE WHEN length(a) > length(b) THEN a ELSE b END, least(length(a), length(b)) + 1), '^[0-9]'));
-- What two folded addresses that are the same begin with, so that not every pair is compared.
CREATE OR REPLACE TEMP MACRO beginning(folded) AS left(folded, 9);

-- Within about ten metres: the same cell of a grid of that size, or one beside it.
CREATE OR REPLACE TEMP MACRO cell(degrees) AS round(degrees * 10000)::BIGINT;
CREATE OR REPLACE TEMP MACRO beside(degrees) AS [cell(degrees) - 1, cell(degrees), cell(degrees) + 1];

-- Contact points that tell no district: mail, chat, and free, navigation, IP and mobile numbers and short dials.
CREATE OR REPLACE TEMP MACRO leads_nowhere(kind, value) AS kind IN ('email', 'line', 'sms', 'chat')
  OR (kind = 'phone' AND regexp_matches(value, '^(\+81(120|800|570|50|70|80|90)|#|1[0-9]{2}$)'));

-- Of a web address its host, of a mail address its domain; else blank.
CREATE OR REPLACE TEMP MACRO host(url) AS regexp_extract(url, '^https?://(?:www\.)?([^/:?#]+)', 1);
CREATE OR REPLACE TEMP MACRO host_or_domain(value) AS coalesce(nullif(host(value), ''), split_part(value, '@', 2));

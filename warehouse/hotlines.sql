-- What kind of number it is stands in the number (総務省 電気通信番号計画); what a source itself said comes first.
UPDATE hotlines SET kind = CASE
    WHEN number IN ('110', '118', '119') THEN 'emergency'
    WHEN starts_with(number, '#') OR length(number) <= 4 THEN 'short-dial'
    WHEN regexp_matches(number, '^\+81(120|800)') THEN 'toll-free'
    WHEN starts_with(number, '+81570') THEN 'navi-dial'
    WHEN starts_with(number, '+8150') THEN 'ip-phone'
    WHEN regexp_matches(number, '^\+81[6-9]0') THEN 'mobile'
    ELSE 'landline' END
WHERE kind IS NULL;

-- The caller pays nothing for an emergency call or a toll-free number.
UPDATE hotlines SET charge = 'free' WHERE charge IS NULL AND kind IN ('emergency', 'toll-free');

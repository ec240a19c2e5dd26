-- Two submissions of one organization, by the same kind of form; two corporate numbers are two organizations.
-- Where both are whole statements, either stands in place of the other, with all that the other holds.
CREATE OR REPLACE TEMP VIEW kin AS
SELECT o.submission, n.submission AS other, o.whole AND n.whole AS replaces
FROM givers o JOIN givers n
  ON o.giver = n.giver AND o.form = n.form AND o.submission <> n.submission AND coalesce(o.number = n.number, TRUE);

-- Submissions whose organization said something newer, and whether that took their place. However often the newer one
-- was withdrawn since: nothing older comes back by itself.
CREATE OR REPLACE TEMP TABLE outdated AS
WITH approved AS (SELECT id AS submission, max(turn) AS turn FROM decided WHERE kind = 'approve' GROUP BY id)
SELECT k.submission, bool_or(k.replaces) AS replaced
FROM kin k JOIN approved o ON o.submission = k.submission JOIN approved n ON n.submission = k.other AND n.turn > o.turn
GROUP BY k.submission;

-- Of each record the newest approved submission, unless a newer statement replaced that.
CREATE OR REPLACE TEMP TABLE serving AS
WITH last_words AS (
  SELECT id AS submission, max(turn) AS turn, arg_max(kind, turn) AS kind, arg_max(decided_on, turn) AS decided_on
  FROM decided WHERE kind <> 'hide' GROUP BY id)
SELECT * EXCLUDE (turn) FROM (
  SELECT submission, record_id, decided_on, turn FROM held JOIN last_words USING (submission)
  WHERE kind = 'approve' QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY turn DESC) = 1)
WHERE submission NOT IN (SELECT submission FROM outdated WHERE replaced);

-- The field groups that are open, of each record.
CREATE OR REPLACE TEMP TABLE opened AS
SELECT subject AS record_id, list(field_group ORDER BY field_group) AS groups FROM open_consents GROUP BY subject;

-- Those that are open in all rows of the submission: what can be told of their organization.
CREATE OR REPLACE TEMP TABLE agreed AS
WITH rows AS (
  SELECT submission, record_id, groups, count(*) OVER (PARTITION BY submission) AS all_rows
  FROM serving JOIN opened USING (record_id) WHERE list_contains(groups, 'existence')),
said AS (SELECT submission, all_rows, unnest(groups) AS told FROM rows),
common AS (SELECT submission, told FROM said GROUP BY submission, told, all_rows HAVING count(*) = all_rows)
SELECT record_id, list(told ORDER BY told) AS groups FROM rows JOIN common USING (submission) GROUP BY record_id;

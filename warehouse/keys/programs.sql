-- Each record is a programme of its own: the same title is given by many towns, on their own terms.
SELECT record_id, source, record_id AS cluster, record_id AS anchor FROM accepted_programs

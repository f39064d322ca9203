-- One process start and one logon of each host, the latest before a time: the proof that the host was recording.
WITH seen AS (
  SELECT p.host AS host, 'process' AS what, p.evidence_id AS evidence_id, p.Timestamp AS at_time
  FROM process_creation AS p WHERE p.Timestamp <= :until
  UNION ALL
  SELECT l.host AS host, 'logon' AS what, l.evidence_id AS evidence_id, l.Timestamp AS at_time
  FROM logon AS l WHERE l.Timestamp <= :until
),
ranked AS (
  SELECT s.host, s.what, s.evidence_id,
    ROW_NUMBER() OVER (PARTITION BY s.host, s.what ORDER BY s.at_time DESC, s.evidence_id) AS place
  FROM seen AS s
)
SELECT r.host, r.what, r.evidence_id FROM ranked AS r WHERE r.place = 1 ORDER BY r.host, r.what

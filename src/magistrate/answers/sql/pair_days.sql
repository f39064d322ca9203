-- Days on which an address of a story logged on to a host over the network, with the first record of each day, in the
-- case and in the learned history.
WITH met AS (
  SELECT l.host AS host, LOWER(l.SourceIp) AS source, l.Timestamp AS at_time, l.evidence_id AS evidence_id,
    CAST(l.Timestamp AS DATE) AS day
  FROM logon AS l
  WHERE l.LogonType = 3 AND l.Timestamp IS NOT NULL
    AND EXISTS (SELECT 1 FROM answer_source AS s WHERE s.source = LOWER(l.SourceIp))
  UNION ALL
  SELECT h.host AS host, h.source AS source, h.first_seen AS at_time, h.evidence_id AS evidence_id, CAST(h.period AS DATE) AS day
  FROM learned AS h
  WHERE h.kind = 'logon' AND h.class = '3' AND EXISTS (SELECT 1 FROM answer_source AS s WHERE s.source = h.source)
),
ranked AS (
  SELECT m.host, m.source, m.day, m.at_time, m.evidence_id,
    ROW_NUMBER() OVER (PARTITION BY m.host, m.source, m.day ORDER BY m.at_time, m.evidence_id) AS place
  FROM met AS m
)
SELECT r.host, r.source, r.day, r.at_time AS first_seen, r.evidence_id AS sample
FROM ranked AS r WHERE r.place = 1
ORDER BY r.host, r.source, r.day

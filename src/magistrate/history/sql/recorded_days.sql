-- What was recorded on each host by day: process starts, logons, WMI activity.
WITH seen AS (
  SELECT p.host, 'process' AS class, p.Timestamp AS at_time, p.evidence_id, p.Channel, p.EventID, p.RecordId, p.file FROM process_creation AS p
  UNION ALL
  SELECT l.host, 'logon' AS class, l.Timestamp AS at_time, l.evidence_id, l.Channel, l.EventID, l.RecordId, l.file FROM logon AS l
  UNION ALL
  SELECT w.host, 'wmi' AS class, w.Timestamp AS at_time, w.evidence_id, w.Channel, w.EventID, w.RecordId, w.file FROM wmi_activity AS w
),
ranked AS (
  SELECT s.host, s.class, s.at_time, CAST(s.at_time AS DATE) AS day, s.evidence_id, s.Channel, s.EventID, s.RecordId, s.file,
    ROW_NUMBER() OVER (PARTITION BY s.host, s.class, CAST(s.at_time AS DATE) ORDER BY s.at_time, s.evidence_id) AS place
  FROM seen AS s WHERE s.at_time IS NOT NULL
)
SELECT 'recording' AS kind, r.host, r.class, COUNT(*) AS number, MIN(r.at_time) AS first_seen, MAX(r.at_time) AS last_seen,
  MIN(CASE WHEN r.place = 1 THEN r.evidence_id END) AS evidence_id, MIN(CASE WHEN r.place = 1 THEN r.Channel END) AS Channel,
  MIN(CASE WHEN r.place = 1 THEN r.EventID END) AS EventID, MIN(CASE WHEN r.place = 1 THEN r.RecordId END) AS RecordId,
  MIN(CASE WHEN r.place = 1 THEN r.file END) AS file
FROM ranked AS r GROUP BY r.host, r.class, r.day
ORDER BY r.host, r.class, r.day

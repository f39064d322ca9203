-- Network logons of each host by day, account, address, type and package, with the first record of the day.
WITH met AS (
  SELECT l.host, LOWER(l.TargetUserName) AS account, COALESCE(LOWER(l.SourceIp), '') AS source, CAST(l.LogonType AS VARCHAR(12)) AS class,
    COALESCE(UPPER(l.AuthenticationPackageName), '') AS package, CAST(l.Timestamp AS DATE) AS day, l.Timestamp AS at_time,
    l.evidence_id, l.Channel, l.EventID, l.RecordId, l.file
  FROM logon AS l
  WHERE l.Timestamp IS NOT NULL AND l.TargetUserName IS NOT NULL AND l.LogonType IN (3, 8, 10)
),
ranked AS (
  SELECT m.host, m.account, m.source, m.class, m.package, m.day, m.at_time, m.evidence_id, m.Channel, m.EventID, m.RecordId, m.file,
    ROW_NUMBER() OVER (PARTITION BY m.host, m.account, m.source, m.class, m.package, m.day ORDER BY m.at_time, m.evidence_id) AS place
  FROM met AS m
)
SELECT 'logon' AS kind, r.host, r.account, r.source, r.class, r.package, COUNT(*) AS number,
  MIN(r.at_time) AS first_seen, MAX(r.at_time) AS last_seen,
  MIN(CASE WHEN r.place = 1 THEN r.evidence_id END) AS evidence_id, MIN(CASE WHEN r.place = 1 THEN r.Channel END) AS Channel,
  MIN(CASE WHEN r.place = 1 THEN r.EventID END) AS EventID, MIN(CASE WHEN r.place = 1 THEN r.RecordId END) AS RecordId,
  MIN(CASE WHEN r.place = 1 THEN r.file END) AS file
FROM ranked AS r GROUP BY r.host, r.account, r.source, r.class, r.package, r.day
ORDER BY r.host, r.account, r.source, r.class, r.package, r.day

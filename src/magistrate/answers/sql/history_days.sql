-- Days on which an account used WMI, by class of operation, with the first record of each day, in the case and in the
-- learned history. Registry writes and object deletions count as method calls.
WITH trace AS (
  SELECT p.evidence_id AS evidence_id, p.Timestamp AS at_time,
    CASE
      WHEN LOWER(p.ParentImage) LIKE '%\wbem\wmiprvse.exe' THEN 'process_create'
      WHEN LOWER(p.CommandLine) LIKE '%call%create%' OR LOWER(p.CommandLine) LIKE '%win32_process%create%' THEN 'process_create'
      WHEN LOWER(p.CommandLine) LIKE '%__eventfilter%' OR LOWER(p.CommandLine) LIKE '%eventconsumer%' THEN 'subscription'
      WHEN LOWER(p.CommandLine) LIKE '% call %' OR LOWER(p.CommandLine) LIKE '% delete%'
        OR LOWER(p.CommandLine) LIKE '%invoke-wmimethod%' OR LOWER(p.CommandLine) LIKE '%invoke-cimmethod%'
        OR LOWER(p.CommandLine) LIKE '%remove-wmiobject%' OR LOWER(p.CommandLine) LIKE '%remove-ciminstance%' THEN 'method'
      ELSE 'query'
    END AS class
  FROM process_creation AS p
  WHERE (p.UserSid = :sid OR ((:by_name = 1 OR COALESCE(p.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(p.User) = :name))
    AND (LOWER(p.ParentImage) LIKE '%\wbem\wmiprvse.exe' OR LOWER(p.Image) LIKE '%\wmic.exe'
      OR LOWER(p.CommandLine) LIKE '%win32_%' OR LOWER(p.CommandLine) LIKE '%get-wmiobject%'
      OR LOWER(p.CommandLine) LIKE '%ciminstance%' OR LOWER(p.CommandLine) LIKE '%invoke-wmimethod%'
      OR LOWER(p.CommandLine) LIKE '%invoke-cimmethod%')
  UNION ALL
  SELECT w.evidence_id AS evidence_id, w.Timestamp AS at_time,
    CASE
      WHEN LOWER(w.Operation) LIKE '%execmethod%win32_process%create%' THEN 'process_create'
      WHEN LOWER(w.Operation) LIKE '%execmethod%' THEN 'method'
      WHEN w.EventID IN (5859, 5860, 5861) THEN 'subscription'
      ELSE 'query'
    END AS class
  FROM wmi_activity AS w
  WHERE (w.UserSid = :sid OR ((:by_name = 1 OR COALESCE(w.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(w.User) = :name)) AND w.EventID <> 5857
  UNION ALL
  SELECT s.evidence_id AS evidence_id, s.Timestamp AS at_time, 'subscription' AS class
  FROM wmi_subscription AS s
  WHERE (s.UserSid = :sid OR ((:by_name = 1 OR COALESCE(s.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(s.User) = :name))
  UNION ALL
  SELECT t.evidence_id AS evidence_id, t.Timestamp AS at_time,
    CASE
      WHEN LOWER(t.ScriptBlockText) LIKE '%win32_process%create%' THEN 'process_create'
      WHEN LOWER(t.ScriptBlockText) LIKE '%invoke-wmimethod%' OR LOWER(t.ScriptBlockText) LIKE '%invoke-cimmethod%' THEN 'method'
      ELSE 'query'
    END AS class
  FROM ps_script AS t
  WHERE (t.UserSid = :sid OR t.logger_sid = :sid OR ((:by_name = 1 OR COALESCE(t.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(t.User) = :name))
    AND (LOWER(t.ScriptBlockText) LIKE '%wmi%' OR LOWER(t.ScriptBlockText) LIKE '%ciminstance%'
      OR LOWER(t.ScriptBlockText) LIKE '%cimmethod%')
  UNION ALL
  SELECT c.evidence_id AS evidence_id, c.Timestamp AS at_time, 'other' AS class
  FROM explicit_credential AS c
  WHERE (c.UserSid = :sid OR ((:by_name = 1 OR COALESCE(c.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(c.User) = :name))
    AND (LOWER(c.Image) LIKE '%\wmic.exe' OR LOWER(c.TargetInfo) LIKE 'rpcss/%')
  UNION ALL
  SELECT h.evidence_id AS evidence_id, h.first_seen AS at_time, h.class AS class
  FROM learned AS h
  WHERE h.kind = 'act' AND (h.account_sid = :sid OR ((:by_name = 1 OR COALESCE(h.account_sid, 'S-1-0-0') = 'S-1-0-0') AND h.account = :name))
),
ranked AS (
  SELECT t.class, t.evidence_id, t.at_time, CAST(t.at_time AS DATE) AS day,
    ROW_NUMBER() OVER (PARTITION BY t.class, CAST(t.at_time AS DATE) ORDER BY t.at_time, t.evidence_id) AS place
  FROM trace AS t WHERE t.at_time IS NOT NULL
)
SELECT r.class, r.day, MIN(r.at_time) AS first_seen, MAX(r.at_time) AS last_seen,
  MIN(CASE WHEN r.place = 1 THEN r.evidence_id END) AS sample
FROM ranked AS r
GROUP BY r.class, r.day
ORDER BY r.day, r.class

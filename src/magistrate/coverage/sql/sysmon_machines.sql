-- The first eight digits of Sysmon's process keys by host, which come from the machine's own id. Keys of tools that
-- make them up differ from process to process: a digit group counts with :least processes, a host with few groups.
WITH keys AS (
  SELECT p.host, SUBSTRING(p.ProcessGuid, 1, 8) AS machine, MIN(p.evidence_id) AS evidence_id, COUNT(*) AS processes
  FROM process_creation p
  WHERE p.EventID = 1 AND p.host IS NOT NULL AND LENGTH(p.ProcessGuid) = 36 AND p.ProcessGuid NOT LIKE '00000000%'
  GROUP BY p.host, SUBSTRING(p.ProcessGuid, 1, 8)
),
plain_hosts AS (
  SELECT host FROM keys GROUP BY host HAVING COUNT(*) <= :most
)
SELECT k.host, k.machine, k.evidence_id
FROM keys k
JOIN plain_hosts h ON h.host = k.host
WHERE k.processes >= :least
ORDER BY k.machine, k.host

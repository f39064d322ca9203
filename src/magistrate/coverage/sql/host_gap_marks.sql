-- Records around a silence of a whole host that say it was off or asleep: shutdown, start, sleep, wake.
SELECT c.host, COUNT(*) AS marks
FROM host_gap c
JOIN record r
  ON r.host = c.host
  AND r.Timestamp >= c.gap_from - INTERVAL '5' MINUTE
  AND r.Timestamp <= c.gap_to + INTERVAL '5' MINUTE
WHERE (r.Channel = 'System' AND r.EventID IN (6005, 6006, 6008, 6009, 1074))
  OR (r.Provider = 'Microsoft-Windows-Kernel-General' AND r.EventID IN (12, 13))
  OR (r.Provider = 'Microsoft-Windows-Kernel-Power' AND r.EventID IN (41, 42, 107, 109, 506, 507))
  OR (r.Provider = 'Microsoft-Windows-Power-Troubleshooter' AND r.EventID = 1)
  OR (r.Channel = 'Security' AND r.EventID IN (1100, 4608, 4609))
GROUP BY c.host
ORDER BY c.host

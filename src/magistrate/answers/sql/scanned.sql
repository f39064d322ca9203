-- Records of each host within a window: what a "no" was looked for in.
SELECT r.host, COUNT(*) AS events
FROM record AS r
WHERE r.Timestamp >= :since AND r.Timestamp <= :until
GROUP BY r.host
ORDER BY r.host

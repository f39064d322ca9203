-- Process starts of an account by day.
SELECT CAST(p.Timestamp AS DATE) AS day, COUNT(*) AS events, MAX(p.Timestamp) AS last_seen
FROM process_creation AS p
WHERE (p.UserSid = :sid OR ((:by_name = 1 OR COALESCE(p.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(p.User) = :name))
  AND p.Timestamp IS NOT NULL
GROUP BY CAST(p.Timestamp AS DATE)
ORDER BY day

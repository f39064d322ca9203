-- Process starts of an account by day, in the case and in the learned history. A day that both hold counts once, as
-- the fuller of the two.
SELECT d.day, MAX(d.events) AS events, MAX(d.last_seen) AS last_seen FROM (
  SELECT CAST(p.Timestamp AS DATE) AS day, COUNT(*) AS events, MAX(p.Timestamp) AS last_seen
  FROM process_creation AS p
  WHERE (p.UserSid = :sid OR ((:by_name = 1 OR COALESCE(p.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(p.User) = :name))
    AND p.Timestamp IS NOT NULL
  GROUP BY CAST(p.Timestamp AS DATE)
  UNION ALL
  SELECT CAST(h.period AS DATE) AS day, SUM(h.number) AS events, MAX(h.last_seen) AS last_seen
  FROM learned AS h
  WHERE h.kind = 'account'
    AND (h.account_sid = :sid OR ((:by_name = 1 OR COALESCE(h.account_sid, 'S-1-0-0') = 'S-1-0-0') AND h.account = :name))
  GROUP BY CAST(h.period AS DATE)
) AS d
GROUP BY d.day
ORDER BY d.day

-- How often each capability is proved on each host: in all, near the alert, within a day of it. `proving` goes before.
SELECT
  capability, COALESCE(host, 'unknown') AS host, proof,
  COUNT(*) AS total,
  SUM(CASE WHEN utc >= :near_from AND utc <= :near_to THEN 1 ELSE 0 END) AS near,
  SUM(CASE WHEN utc >= :day_from AND utc <= :day_to THEN 1 ELSE 0 END) AS day,
  MAX(utc) AS last_utc
FROM proving
GROUP BY capability, COALESCE(host, 'unknown'), proof
ORDER BY capability, host, proof

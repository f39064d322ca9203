-- Which channels the proving records stand in, and how many of each are near the alert. `proving` goes before.
SELECT
  capability, COALESCE(host, 'unknown') AS host, proof, COALESCE(channel, 'unknown') AS channel,
  SUM(CASE WHEN utc >= :near_from AND utc <= :near_to THEN 1 ELSE 0 END) AS near
FROM proving
GROUP BY capability, COALESCE(host, 'unknown'), proof, COALESCE(channel, 'unknown')
ORDER BY capability, host, proof, channel
